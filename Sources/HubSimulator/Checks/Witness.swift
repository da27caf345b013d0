// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// What the judge has seen of one process.
struct Witness {
    var isRunning = false
    /// Until then it may be taken for dead: it is told more than it can read.
    var floodedUntil: Time = -1
    var incarnation = Incarnation(rawValue: 0)
    var view: MemberView?
    var roster: Roster?
    var standing = Standing.joining
    /// Incarnations that left its view: none of them comes back.
    var retired: Set<Incarnation> = []
    /// Incarnations that it called dead or gone.
    var departed: Set<Incarnation> = []
    /// What is out of its beliefs and still in its view, and since when.
    var leavings: [Leaving] = []
    var wasAskedToLeave = false
    var hasLeft = false
    var endedAt: Time = -1
    /// The hubs it was told to run, sorted.
    var hubs: [HubID] = []
    var isDraining = false
    /// A member's word arrived since the process last began to doubt.
    var heardVerdict = false
    /// It stood still for longer than others wait, and does not doubt yet: until it does nothing is executed.
    var mustDoubt = false
    /// When it went on after it stood still last.
    var pausedLast: Time = -.seconds(100)

    struct Leaving {
        var incarnation: Incarnation
        var since: Time
        var inGoodOrder: Bool
    }

    var isServing: Bool { view?.standing == .serving && standing == .serving }
}
