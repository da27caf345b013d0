// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// What callers were told and what really happened: the history that S6, S7 and L4 are checked on.
struct CallHistory {
    /// One call, made once by one caller.
    struct Call {
        var child: Int
        var executions: UInt8 = 0
        var end: End?
    }

    enum End: Equatable {
        case answered
        case failed(Outcome)
        /// The caller's process ended: nobody was told anything.
        case forgotten
    }

    private(set) var calls: [Call] = []
    private(set) var complaints: [(rule: Violation.Rule, text: String)] = []

    mutating func begin(_ child: Int) -> Int {
        calls.append(Call(child: child))
        return calls.count - 1
    }

    mutating func complain(_ rule: Violation.Rule, _ text: String) { complaints.append((rule, text)) }

    /// The turn of a call had its effect.
    mutating func execute(_ number: Int) {
        calls[number].executions &+= 1
        if calls[number].executions > 1 { complain(.twice, "call \(number) was executed twice (S6)") }
        if calls[number].end == .failed(.notExecuted) {
            complain(.outcome, "call \(number) was executed and its caller was told that it never is (S7)")
        }
    }

    mutating func end(_ number: Int, _ end: End) {
        guard calls[number].end == nil else { return }
        calls[number].end = end
        let executions = calls[number].executions
        switch end {
        case .answered where executions == 0:
            complain(.outcome, "call \(number) was answered and never executed (S7)")
        case .failed(.executed) where executions == 0:
            complain(.outcome, "call \(number) is said to be executed and was not (S7)")
        case .failed(.notExecuted) where executions > 0:
            complain(.outcome, "call \(number) was executed and its caller is told that it never is (S7)")
        default: break
        }
    }

    mutating func takeComplaints() -> [(rule: Violation.Rule, text: String)] {
        defer { complaints = [] }
        return complaints
    }
}
