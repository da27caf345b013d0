// SPDX-License-Identifier: Apache-2.0

internal import Harness
internal import ProcessHub

/// A node that is a process of its own, made for one measurement: does what it is asked and says when it was done.
struct Member: Sendable {
    private let hub: Hub
    /// For calls that are made while the other hub is busy.
    private let beside: Hub

    /// - Parameter words: the node's name, the address of another or `-`, the cluster, the weight, and whether it runs
    ///   the hub that is measured.
    static func run(_ words: [String]) async throws {
        let node = Node(
            name: NodeName(words[0]), discovery: .seeds(words[1] == "-" ? [] : [words[1]]),
            cluster: ClusterName(words[2]), traits: NodeTraits(weight: Double(words[3]) ?? 1), logger: .quiet)
        let beside = try Hub("beside", on: node) { $0.processes = [Adder.self] }
        let hub = words[4] == "caller" ? beside : try Hub("bench", on: node) { $0.processes = [Adder.self] }
        let member = Member(hub: hub, beside: beside)
        try await node.run {
            let address = try await node.whenListening()
            try await ServingRole.ready([address]) { request in
                let answer = try await member.answer(request)
                return ["\(Clocks.elapsed())"] + answer.map { "\(Int($0))" }
            }
        }
    }

    private func answer(_ request: [String]) async throws -> [Double] {
        let numbers = request.dropFirst().compactMap { Int($0) }
        switch request.first {
        case "members":
            while hub.members.count != numbers[0] { try await Task.sleep(for: .milliseconds(5)) }
        case "fill": try await Crowd(round: numbers[0], count: numbers[1]).start(on: hub)
        case "stop": try await Crowd(round: numbers[0], count: numbers[1]).stop(on: hub)
        case "trickle": try await Crowd(round: numbers[0], count: numbers[1]).start(on: hub, atOnce: 1_000)
        case "serve": _ = try await beside.start(Adder.self, id: "remote", .init())
        case "await": try await Crowd(round: numbers[0], count: numbers[1]).untilKnown(to: hub)
        case "without":
            try await Crowd(round: numbers[0], count: numbers[1]).untilKnown(to: hub, without: NodeName(request[3]))
        case "single":
            let sample = try await Single.starts(on: hub, for: .milliseconds(numbers[0]))
            return [sample[.p50] ?? 0, sample[.p99] ?? 0]
        case "many": return try await many(Crowd(round: numbers[0], count: numbers[1]))
        case "calls": return try await calls(for: .milliseconds(numbers[0]))
        case "lookups": return [try await lookups(Crowd(round: numbers[0], count: numbers[1]))]
        case "memory": return [Double(Memory.residentBytes())]
        case "idle":
            let cpu = Clocks.processCPU()
            try await Task.sleep(for: .milliseconds(numbers[0]))
            return [Double(Clocks.processCPU() - cpu) * 1000 / Double(numbers[0])]
        default: throw UsageError(argument: request.joined(separator: " "))
        }
        return []
    }

    /// Starts all in one request.
    ///
    /// - Returns: the nanoseconds until every result was in, and those of the slowest local call meanwhile.
    private func many(_ crowd: Crowd) async throws -> [Double] {
        let children = crowd.children(0..<crowd.count)
        let probe = Probe(of: try await beside.start(Adder.self, id: "local-\(crowd.round)", .init()))
        try await Task.sleep(for: .milliseconds(100))
        let start = Clocks.elapsed()
        let result = try await hub.start(children, options: .init(deadline: .seconds(60))).result
        guard try result.get().count == crowd.count else { throw WrongCount() }
        let time = Clocks.elapsed() - start
        return [Double(time), Double(try await probe.end())]
    }

    /// - Returns: the nanoseconds of the slowest of the calls that were made to a process of another node.
    private func calls(for time: Duration) async throws -> [Double] {
        let adder = try beside.process("remote", as: Adder.self)
        while beside.lookup("remote")?.host == nil { try await Task.sleep(for: .milliseconds(5)) }
        for _ in 0..<100 { _ = try await adder.increment(by: 1) }
        let probe = Probe(of: adder)
        try await Task.sleep(for: time)
        return [Double(try await probe.end())]
    }

    /// - Returns: lookups a second on one thread.
    private func lookups(_ crowd: Crowd) async throws -> Double {
        let ids = (0..<crowd.count).map(crowd.id)
        let sample = try await Lookups(hub: hub, ids: ids).run(1, for: .milliseconds(500))
        return sample[.rate] ?? 0
    }
}

/// Not as many came back as were asked for.
struct WrongCount: Error {}
