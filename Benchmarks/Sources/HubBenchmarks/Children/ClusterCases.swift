// SPDX-License-Identifier: Apache-2.0

internal import Floors
internal import Harness
internal import ProcessHub
internal import Synchronization

/// What it costs on nodes that are processes of their own.
enum ClusterCases {
    private static let rounds = Atomic(0)
    private static func crowd(_ count: Int) -> Crowd {
        Crowd(round: rounds.wrappingAdd(1, ordering: .relaxed).newValue, count: count)
    }

    static func cases() -> [Case] {
        [
            Case("start 100000", isOnce: true) { _ in try many(100_000) },
            Case("start 1, three nodes") { time in
                let group = try Group(3)
                group.warmUp(crowd(1_000))
                let milliseconds = Int(time / .milliseconds(1))
                // Without it the others would end here: nothing else speaks to them any more.
                let answer = withExtendedLifetime(group) { group.first.ask("single", "\(milliseconds)") }
                return [.p50: Group.figure(answer), .p99: Group.figure(answer, 1)]
            },
            agree(10_000, nodes: 3), agree(10_000, nodes: 5),
            Case("kill -9 one of three, 10000", isOnce: true) { _ in try kill(10_000) },
            Case("idle child", isOnce: true) { _ in try idle(100_000) },
            Case("idle child elsewhere", isOnce: true) { _ in try elsewhere(100_000) },
        ]
    }

    /// Takes minutes and gigabytes: only where it is asked for by its name.
    static let large = [100_000, 1_000_000].flatMap { count in
        let last = Mutex<Large?>(nil)
        let name = "\(count) on three nodes"
        return [
            Case("\(name): start", isOnce: true) { _ in
                let large = try large(count)
                last.withLock { $0 = large }
                return [.rate: Double(count) * 1e9 / Double(large.agreed), .cpu: large.cpu]
            },
            Case("\(name): memory", isOnce: true) { _ in [.bytes: last.withLock { $0?.bytes ?? 0 }] },
            Case("\(name): lookup", isOnce: true) { _ in [.rate: last.withLock { $0?.lookups ?? 0 }] },
            Case("\(name): one killed", isOnce: true) { _ in [.p50: last.withLock { Double($0?.killed ?? 0) }] },
        ]
    }

    private struct Large {
        var agreed: UInt64
        var cpu: Double
        /// Of all three nodes together, a child.
        var bytes: Double
        var lookups: Double
        var killed: UInt64
    }

    /// In one request on one node, while its processes are called from there and from another node.
    private static func many(_ count: Int) throws -> Sample {
        let group = try Group(2, caller: true)
        _ = group.first.ask("serve")
        let crowd = crowd(count)
        group.members[1].tell(["calls", "2500"])
        let answer = group.first.ask("many", "\(crowd.round)", "\(count)")
        // The called node is to live until the last call is answered.
        let remote = withExtendedLifetime(group) { Group.figure(group.members[1].answer()) }
        return [
            .rate: Double(count) * 1e9 / Group.figure(answer), .p99: max(Group.figure(answer, 1), remote),
        ]
    }

    private static func agree(_ count: Int, nodes: Int) -> Case {
        Case("agree \(count), \(nodes) nodes", isOnce: true) { _ in
            let group = try Group(nodes)
            group.warmUp(crowd(1_000))
            let cpu = group.usedCPU()
            let times = group.start(crowd(count))
            return [
                .p50: Double(times.agreed), .rate: Double(count) * 1e9 / Double(times.results),
                .cpu: Double(group.usedCPU() - cpu) / Double(count),
            ]
        }
    }

    private static func kill(_ count: Int) throws -> Sample {
        let group = try Group(3)
        group.warmUp(crowd(1_000))
        let crowd = crowd(count)
        _ = group.start(crowd)
        return [.p50: Double(group.kill(crowd))]
    }

    /// The memory of a child on the node that runs it, and what a second with all of them idle costs.
    private static func idle(_ count: Int) throws -> Sample {
        let group = try Group(1)
        let bytes = growth(of: group.first, by: count) { _ = group.first.ask("trickle", "\($0.round)", "\(count)") }
        return [.bytes: bytes, .cpu: Group.figure(group.first.ask("idle", "5000"))]
    }

    /// The memory of a child on a node that does not run it.
    private static func elsewhere(_ count: Int) throws -> Sample {
        let group = try Group(2, weightOfFirst: 0)
        let bytes = growth(of: group.first, by: count) { crowd in
            _ = group.members[1].ask("trickle", "\(crowd.round)", "\(count)")
            _ = group.first.ask("await", "\(crowd.round)", "\(count)")
        }
        return [.bytes: bytes]
    }

    private static func growth(of node: OtherProcess, by count: Int, _ fill: (Crowd) -> Void) -> Double {
        // What the first children need once and for all is not theirs.
        let few = crowd(1_000)
        _ = node.ask("fill", "\(few.round)", "\(few.count)")
        let before = node.residentBytes()
        fill(crowd(count))
        _ = node.ask("idle", "1000")
        return Double(node.residentBytes() - before) / Double(count)
    }

    private static func large(_ count: Int) throws -> Large {
        let group = try Group(3)
        let crowd = crowd(count)
        let (held, cpu) = (group.residentBytes(), group.usedCPU())
        let agreed = group.start(crowd).agreed
        let used = Double(group.usedCPU() - cpu) / Double(count)
        let bytes = Double(group.residentBytes() - held) / Double(count)
        let lookups = Group.figure(group.first.ask("lookups", "\(crowd.round)", "\(count)"))
        return Large(agreed: agreed, cpu: used, bytes: bytes, lookups: lookups, killed: group.kill(crowd))
    }

    static let bars = [
        Bar("start 100000", .rate, .atLeast(150_000)),
        Bar("start 100000", .p99, .atMost(5_000_000)),
        Bar("start 1, three nodes", .p50, .atMost(3), of: "echo coalesced int 1"),
        Bar("agree 10000, 3 nodes", .p50, .atMost(150_000_000)),
        Bar("agree 10000, 5 nodes", .p50, .atMost(300_000_000)),
        Bar("kill -9 one of three, 10000", .p50, .atMost(750_000_000)),
        Bar("idle child", .bytes, .atMost(800)),
        Bar("idle child", .cpu, .atMost(10_000_000)),
        Bar("idle child elsewhere", .bytes, .atMost(350)),
    ]
}
