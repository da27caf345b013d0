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
