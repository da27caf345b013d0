// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ProcessHub

@Suite("ReadTable")
struct ReadTableTests {
    @Test(
        "texts that Unicode calls equal are one id",
        arguments: [
            ("caf\u{E9}", "cafe\u{301}"), ("K", "\u{212A}"), ("a;b", "a\u{37E}b"),
        ])
    func equivalence(one: String, other: String) {
        let table = ReadTable()
        table.update(ProcessID(hub: "h", child: ChildID(one))) { $0 = ReadEntry(kind: "k") }
        #expect(table[ProcessID(hub: "h", child: ChildID(other))]?.kind == "k")
    }

    @Test("one child id in two hubs is two processes, and a change that leaves nothing removes the entry")
    func hubs() {
        let table = ReadTable()
        let (a, b) = (ProcessID(hub: "a", child: "c"), ProcessID(hub: "b", child: "c"))
        table.update(a) { $0 = ReadEntry(kind: "k") }
        #expect(table[b] == nil)
        #expect(table.entries(of: "a").count == 1 && table.entries(of: "b").isEmpty)
        table.update(a) { $0 = nil }
        #expect(table[a] == nil && table.entries(of: "a").isEmpty)
    }
}
