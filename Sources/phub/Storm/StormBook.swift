// SPDX-License-Identifier: Apache-2.0

/// What must be true of every child, by what its callers were told.
struct StormBook {
    enum Fate: Hashable, Sendable {
        case starting
        case runs
        case stopping
        /// It was stopped, or its start did not happen.
        case isGone
        /// A caller could not learn it.
        case unknown
    }

    private(set) var fates: [String: Fate] = [:]
    /// What was acknowledged since all nodes knew the same, and how many nodes held it then.
    private var fresh: [String: Int] = [:]
    private var named = 0
    /// What was gone when all knew the same: nobody looks for it any more, but who finds it says so.
    private var buried: Set<String> = []

    var running: [String] { fates.filter { $0.value == .runs }.keys.sorted() }

    /// What may run somewhere although nobody wishes for it.
    var doubtful: [String] { fates.keys.filter { !buried.contains($0) }.sorted() }

    /// Ids of children that were never asked for.
    mutating func newIDs(_ count: Int) -> [String] {
        let ids = (named..<named + count).map { "w-\($0)" }
        named += count
        for id in ids { fates[id] = .starting }
        return ids
    }

    mutating func stop(_ ids: [String]) {
        for id in ids { fates[id] = .stopping }
    }

    mutating func take(_ answers: [StormAnswer]) {
        for answer in answers {
            guard let fate = fates[answer.id] else { continue }
            switch (fate, answer.outcome) {
            case (.starting, .done(let holders)): settle(answer.id, .runs, holders)
            case (.stopping, .done(let holders)): settle(answer.id, .isGone, holders)
            case (.starting, .notDone): fates[answer.id] = .isGone
            case (.stopping, .notDone): fates[answer.id] = .runs
            case (.starting, .unknown), (.stopping, .unknown): fates[answer.id] = .unknown
            case (.runs, _), (.isGone, _), (.unknown, _): break
            }
        }
    }

    private mutating func settle(_ id: String, _ fate: Fate, _ holders: Int) {
        fates[id] = fate
        fresh[id] = holders
    }

    /// Nobody will be told what became of these.
    mutating func lose(_ ids: [String]) {
        for id in ids where fates[id] == .starting || fates[id] == .stopping { fates[id] = .unknown }
    }

    /// So many nodes are killed together: what no more than these held may be forgotten.
    mutating func kill(_ count: Int) {
        for (id, holders) in fresh where holders <= count { fates[id] = .unknown }
    }

    /// All nodes know the same now: what was acknowledged before outlasts any of them.
    mutating func allAgree() {
        fresh = [:]
        for (id, fate) in fates where fate == .isGone { buried.insert(id) }
    }

    /// What is not as it must be, where nothing is under way; empty if all is well.
    func faults(in surveys: [String: StormSurvey]) -> [String] {
        var hosts: [String: [String]] = [:]
        for (node, survey) in surveys {
            for id in survey.here { hosts[id, default: []].append(node) }
        }
        var faults: [String] = []
        for (id, fate) in fates.sorted(by: { $0.key < $1.key }) {
            let hosts = hosts[id] ?? []
            switch fate {
            case .runs where hosts.count != 1: faults.append("\(id) must run once, and runs on \(hosts)")
            case .isGone where !hosts.isEmpty: faults.append("\(id) is stopped, and runs on \(hosts)")
            case _ where hosts.count > 1: faults.append("\(id) runs on \(hosts)")
            default: break
            }
            for (node, survey) in surveys where survey.known[id] != hosts.first {
                faults.append("\(id) runs on \(hosts), and \(node) knows \(survey.known[id] ?? "nothing") of it")
            }
        }
        return faults
    }
}
