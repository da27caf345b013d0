// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Harness
internal import ProcessHub

/// Nodes that were made for one measurement, each a process of its own.
struct Group: Sendable {
    let members: [OtherProcess]

    /// - Parameters:
    ///   - weightOfFirst: 0 if the first is to host nothing.
    ///   - caller: whether the last runs only the hub beside the measured one.
    init(_ count: Int, weightOfFirst: Int = 1, caller: Bool = false) throws {
        let cluster = "bench-\(UUID().uuidString)"
        let seat = caller ? count - 1 : count
        let first = try OtherProcess(role: ["member", "n0", "-", cluster, "\(weightOfFirst)", "host"])
        members =
            [first]
            + (try (1..<count).map { place in
                let weight = place < seat ? "1" : "0"
                let role = place < seat ? "host" : "caller"
                return try OtherProcess(role: ["member", "n\(place)", first.words[0], cluster, weight, role])
            })
        ask(members[..<seat], ["members", "\(seat)"])
        if caller { ask([members[seat]], ["members", "\(count)"]) }
    }

    var first: OtherProcess { members[0] }

    /// Asks some and waits for all.
    ///
    /// - Returns: when the last of them was done.
    @discardableResult
    func ask(_ asked: some Sequence<OtherProcess>, _ words: [String]) -> UInt64 {
        for member in asked { member.tell(words) }
        return asked.reduce(0) { max($0, Self.time(of: $1.answer())) }
    }

    static func time(of answer: [String]) -> UInt64 { answer.first.flatMap { UInt64($0) } ?? 0 }
    static func figure(_ answer: [String], _ place: Int = 0) -> Double {
        answer.count > place + 1 ? Double(answer[place + 1]) ?? 0 : 0
    }

    /// Starts and stops some, so that nothing is done for the first time while it is measured.
    func warmUp(_ crowd: Crowd) {
        _ = start(crowd)
        _ = first.ask("stop", "\(crowd.round)", "\(crowd.count)")
    }

    /// Starts children through the first node.
    ///
    /// - Returns: the nanoseconds until it had every result, and until all knew where each runs.
    func start(_ crowd: Crowd) -> (results: UInt64, agreed: UInt64) {
        let words = ["\(crowd.round)", "\(crowd.count)"]
        let start = Clocks.elapsed()
        first.tell(["fill"] + words)
        for member in members { member.tell(["await"] + words) }
        let results = Self.time(of: first.answer())
        let agreed = members.reduce(0) { max($0, Self.time(of: $1.answer())) }
        return (results - start, agreed - start)
    }

    /// Ends the last node without a word to anybody.
    ///
    /// - Returns: the nanoseconds until all others knew each child on a node that is left.
    func kill(_ crowd: Crowd) -> UInt64 {
        let start = Clocks.elapsed()
        members[members.count - 1].kill()
        let end = ask(
            members.dropLast(), ["without", "\(crowd.round)", "\(crowd.count)", "n\(members.count - 1)"])
        return end - start
    }

    func residentBytes() -> Int { members.reduce(0) { $0 + $1.residentBytes() } }

    /// CPU nanoseconds that all have used so far.
    func usedCPU() -> UInt64 { members.reduce(0) { $0 + $1.usedCPU() } }
}
