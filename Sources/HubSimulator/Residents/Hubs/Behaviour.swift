// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// What an instance of a kind does. The name of the kind is that of the case.
enum Behaviour: String, CaseIterable {
    /// Made at once, and runs until it is stopped.
    case ok
    /// Its initializer takes its time.
    case slow
    /// It takes its time to end.
    case lazy
    /// Its initializer throws.
    case fail
    /// Its initializer throws now and then.
    case flaky
    /// Its initializer never returns.
    case hang
    /// It asks for its own end after a while.
    case exit
    /// It fails right after it began.
    case crash
    /// It fails after a while.
    case tired
    /// Every second node cannot run it.
    case rare

    init(_ kind: ProcessKind) { self = Behaviour(rawValue: kind.rawValue) ?? .ok }

    var kind: ProcessKind { ProcessKind(rawValue) }

    /// Whether it runs for ever, once somebody began it.
    var isSteady: Bool {
        switch self {
        case .ok, .slow, .lazy, .rare: true
        case .fail, .flaky, .hang, .exit, .crash, .tired: false
        }
    }

    func canRun(on seat: Int) -> Bool { self != .rare || seat % 2 == 0 }
}

/// One instance of a simulated process: from its order until it has ended.
struct SimulatedInstance {
    var id: InstanceID
    let behaviour: Behaviour
    var phase = Phase.making
    /// A stop that came while it was made.
    var stop: StopOrder?

    enum Phase {
        /// → running, ending, or gone
        case making
        /// Calls reach it. → ending
        case running
        /// → gone
        case ending
    }
}

/// Something that happens on a node by itself.
enum Errand {
    case made(UInt64)
    case failed(UInt64, StartFault)
    case gaveUp(UInt64)
    case ends(UInt64, ExitReason)
    case ended(UInt64, ExitReason)
    /// The slow authority speaks.
    case authorityAnswers
    case authorityRegained
    /// An operation should be over.
    case overdue(UInt64)
}
