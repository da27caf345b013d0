// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HubCore

@Suite struct PrintableTests {
    @Test("names and errors show as printable text, whoever chose it (S17)")
    func printable() {
        let bad = "x\u{1B}[2J\n\u{202E}y\u{2028}"
        let shown = "x\\u{1b}[2J\\u{a}\\u{202e}y\\u{2028}"
        #expect("\(NodeName(bad))" == shown)
        #expect("\(ChildID(bad)), \(HubID(bad)), \(ProcessKind(bad)), \(MethodName(bad))".allSatisfy { $0 != "\n" })
        #expect(NodeName(bad).rawValue == bad, "only what is shown is escaped")
        let cause = HubError(.internalFault, bad, outcome: .unknown)
        let error = HubError(.startFailed, bad, outcome: .unknown, cause: cause)
        #expect("\(error)" == "startFailed: \(shown) (unknown), because: internalFault: \(shown) (unknown)")
        #expect("\(NodeName("übel 漢字"))" == "übel 漢字")
    }
}
