// SPDX-License-Identifier: Apache-2.0

/// A system of which every order of events can be tried.
protocol Searchable: Hashable {
    associatedtype Step: CustomStringConvertible
    /// What can happen next.
    var steps: [Step] { get }
    /// What must not be, if it is.
    var violation: String? { get }
    /// What is wrong when nothing disturbs the system any more, if something is. Asked rarely, for it takes long.
    func quietRun() -> (violation: String, steps: [Step])?
    mutating func apply(_ step: Step)
}

/// A breadth-first search: the first violation it finds has a shortest history.
struct Search<World: Searchable> {
    struct Counterexample: CustomStringConvertible {
        var violation: String
        var history: [World.Step]
        /// What happened after the last disturbance, if the violation is one of a quiet run.
        var quiet: [World.Step] = []

        var description: String {
            let lines = history.enumerated().map { "  \($0.offset + 1). \($0.element)" }
            let rest = quiet.map { "     then \($0)" }
            return ([violation] + lines + rest).joined(separator: "\n")
        }
    }

    private(set) var states = 0
    private(set) var depth = 0
    private(set) var isComplete = false
    private(set) var counterexample: Counterexample?
    private var visited: Set<Int> = []
    private var origins: [(parent: Int, step: World.Step)?] = []

    private let quietEvery: Int

    /// Visits at most `limit` states from `start` on, and asks each `quietEvery`-th what a quiet run comes to.
    ///
    /// It yields now and then, because it would keep a thread from tests that have deadlines.
    init(from start: World, limit: Int, quietEvery: Int = 8) async {
        self.quietEvery = quietEvery
        var layer = [(index: 0, world: start)]
        origins.append(nil)
        visited.insert(start.hashValue)
        states = 1
        while !layer.isEmpty {
            var next: [(index: Int, world: World)] = []
            for (index, world) in layer {
                expand(world, index, into: &next)
                if index % 16 == 0 { await Task.yield() }
                if counterexample != nil || states >= limit { return }
            }
            layer = next
            depth += 1
        }
        isComplete = true
    }

    private mutating func expand(_ world: World, _ index: Int, into next: inout [(index: Int, world: World)]) {
        for step in world.steps {
            var successor = world
            successor.apply(step)
            guard visited.insert(successor.hashValue).inserted else { continue }
            origins.append((index, step))
            states += 1
            counterexample = check(successor)
            if counterexample != nil { return }
            next.append((origins.count - 1, successor))
        }
    }

    private func check(_ world: World) -> Counterexample? {
        if let violation = world.violation {
            return Counterexample(violation: violation, history: history(of: origins.count - 1))
        }
        guard states % quietEvery == 0, let end = world.quietRun() else { return nil }
        return Counterexample(
            violation: end.violation, history: history(of: origins.count - 1), quiet: end.steps)
    }

    private func history(of index: Int) -> [World.Step] {
        var steps: [World.Step] = []
        var index = index
        while let origin = origins[index] {
            steps.append(origin.step)
            index = origin.parent
        }
        return steps.reversed()
    }
}
