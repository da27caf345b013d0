// SPDX-License-Identifier: Apache-2.0

import DemoProcesses
import Foundation
import ProcessHub
import Testing

@testable import phub

@Suite("Histogram")
struct HistogramTests {
    @Test(
        "a duration falls into the bucket whose bounds enclose it", arguments: [0, 1, 15, 16, 17, 999, 65_536, 1 << 40])
    func bounds(nanoseconds: UInt64) {
        let bucket = Histogram.bucket(of: nanoseconds)
        #expect(Histogram.floor(of: bucket) <= nanoseconds)
        #expect(Histogram.floor(of: bucket + 1) > nanoseconds)
    }

    @Test("the longest duration has a bucket")
    func longest() {
        #expect(Histogram.bucket(of: .max) == Histogram.buckets - 1)
    }

    @Test("percentiles are within a sixteenth of the true value")
    func percentiles() throws {
        var histogram = Histogram()
        for value in 1...1000 { histogram.add(UInt64(value) * 1000) }
        let median = try #require(histogram.percentile(0.5))
        let high = try #require(histogram.percentile(0.99))
        #expect((Duration.microseconds(468)...Duration.microseconds(500)).contains(median))
        #expect((Duration.microseconds(928)...Duration.microseconds(990)).contains(high))
        #expect(Histogram().percentile(0.5) == nil)
    }
}

@Suite("Tally")
struct TallyTests {
    private let layout = TallyLayout(members: 2, clients: 2)

    @Test("the rows of all clients are summed, and no two cells are one")
    func sums() {
        var cells = Array(repeating: Int64(0), count: layout.clients * layout.cellsPerClient)
        for client in 0..<2 {
            let row = client * layout.cellsPerClient
            cells[row + layout.cell(.asked, member: 1)] = 10
            cells[row + layout.cell(.acknowledged, member: 1)] = 6
            cells[row + layout.cell(.acknowledgedLater, member: 1)] = 1
            cells[row + layout.cell(.absent, member: 1)] = 2
            cells[row + layout.cell(error: 19, outcome: 1)] = 2
            cells[row + layout.cell(bucket: Histogram.buckets - 1)] = 4
            cells[row + layout.ownErrorsCell] = 5
        }
        let tally = Tally(layout) { cells[$0] }
        #expect(tally.effects == [.init(), .init(asked: 20, acknowledged: 12, acknowledgedLater: 2, absent: 4)])
        #expect(tally.effects[1].unknown == 2)
        #expect(tally.failures == [.init(code: 19, outcome: 1): 4])
        #expect(tally.calls == 8)
        #expect(tally.ownErrors == 10)
    }

    @Test("what one mapping of a file counts, another one reads")
    func shared() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (writer, reader) = (try TallyFile(path: path, layout: layout), try TallyFile(path: path, layout: layout))
        writer.row(client: 1).count(.asked, member: 0, 3)
        writer.row(client: 0).count(latency: 5_000)
        writer.row(client: 0).countOwnError()
        let tally = reader.read()
        #expect(tally.effects[0].asked == 3)
        #expect(tally.calls == 1)
        #expect(tally.ownErrors == 1)
    }
}

@Suite("Audit")
struct AuditTests {
    private let plan = DemoPlan(processes: 3, clients: 1)
    /// Of 10 asked for, 6 were acknowledged and 1 is known to be absent: between 6 and 9 is true. Of a process that was
    /// lost, 2 were acknowledged later: between 2 and 5 is true.
    private let effects = [Tally.Effects](
        repeating: .init(asked: 12, acknowledged: 6, acknowledgedLater: 2, absent: 1), count: 3)

    private func epoch(_ time: UInt64) -> Epoch { Epoch(Stamp(time: time, incarnation: Incarnation(rawValue: 1))) }

    /// One process on each node; that of `c` was lost and began anew.
    private func evidence(_ change: (inout Audit.Evidence) -> Void = { _ in }) -> Audit.Evidence {
        var evidence = Audit.Evidence(
            before: ["a", "b", "c"].map { Whereabouts(node: $0, epoch: epoch(1)) }, gone: ["c"],
            states: [(6, 1), (9, 1), (2, 5)].map { Booking(sum: $0.0, epoch: epoch($0.1)) }, runs: [1, 1, 1])
        change(&evidence)
        return evidence
    }

    @Test("states between acknowledged and acknowledged plus unknown add up, those that were lost since their new life")
    func agrees() {
        let audit = Audit(plan, effects: effects, evidence())
        #expect(audit.isClean && audit.agreeing == 3)
    }

    @Test("a lost or a doubled effect is told with the id", arguments: [(0, 5), (0, 10), (2, 1), (2, 6)])
    func differs(place: Int, sum: Int) {
        let before = evidence()
        let told = evidence { $0.states[place] = Booking(sum: sum, epoch: before.states[place]?.epoch ?? .none) }
        let audit = Audit(plan, effects: effects, told)
        #expect(!audit.isClean && audit.agreeing == 2)
        #expect(audit.differences == [.init(id: plan.members[place].id, effects: effects[place], state: sum)])
    }

    @Test("a process that does not answer does not add up")
    func silent() {
        let audit = Audit(plan, effects: effects, evidence { $0.states[1] = nil })
        #expect(audit.differences.map(\.id) == [plan.members[1].id] && !audit.isClean)
    }

    @Test("a process that runs twice or nowhere is told with the id", arguments: [0, 2])
    func miscounted(count: Int) {
        let audit = Audit(plan, effects: effects, evidence { $0.runs[1] = count })
        #expect(audit.miscounted == [plan.members[1].id: count] && !audit.isClean)
    }

    @Test("an epoch that changed without a loss, or did not change with one, is told with the id (S2)")
    func strays() {
        let moved = Audit(plan, effects: effects, evidence { $0.states[0] = Booking(sum: 6, epoch: epoch(2)) })
        #expect(moved.strays == [plan.members[0].id] && !moved.isClean)
        let kept = Audit(plan, effects: effects, evidence { $0.states[2] = Booking(sum: 2, epoch: epoch(1)) })
        #expect(kept.strays == [plan.members[2].id] && !kept.isClean)
    }
}

@Suite("DemoPlan")
struct DemoPlanTests {
    @Test("ids are unique, and both kinds take part")
    func members() {
        let plan = DemoPlan(processes: 30, clients: 1)
        #expect(Set(plan.members.map(\.id)).count == 30)
        #expect(Set(plan.members.map(\.kind)).count == 2)
    }
}

@Suite("DemoTable")
struct DemoTableTests {
    private func table(coloured: Bool) -> DemoTable {
        var tally = Tally(members: 1)
        for _ in 0..<1234 { tally.latencies.add(65_536) }
        tally.failures = [.init(code: HubError.Code.connectionLost.number, outcome: 1): 3]
        let rows = ["a", "c"].map { name in
            DemoTable.Row(
                node: name, isRunning: name == "a", processes: 10, view: ["a", "c"], tally: tally, callsPerSecond: 1000)
        }
        return DemoTable(rows: rows, style: TextStyle(isColoured: coloured))
    }

    @Test("columns are aligned and the last line sums up")
    func aligned() {
        let lines = table(coloured: false).lines
        #expect(lines.count == 4)
        #expect(Set(lines.map(\.count)).count == 1)
        #expect(lines[2].contains("killed"))
        #expect(lines[3].hasPrefix("all") && lines[3].contains("2 468") && lines[3].contains("65 µs"))
    }

    @Test("escape sequences appear only where colours are wanted")
    func colours() {
        #expect(table(coloured: false).lines.allSatisfy { !$0.contains("\u{1B}") })
        #expect(table(coloured: true).lines[2].contains("\u{1B}"))
    }

    @Test("an error is told by its code and its outcome")
    func errors() {
        #expect(table(coloured: false).errorLines == ["          6  HubError.connectionLost, outcome unknown"])
    }

    @Test(
        "numbers and durations are short",
        arguments: [(0, "0"), (999, "999"), (1_234_567, "1 234 567"), (-5000, "-5 000")])
    func groups(number: Int64, text: String) {
        #expect(grouped(number) == text)
    }
}

@Suite("JSONLine")
struct JSONLineTests {
    @Test("facts and news survive their line")
    func roundTrip() throws {
        let epoch = Epoch(Stamp(time: .max, incarnation: Incarnation(rawValue: 7)))
        let facts: [DemoFact] = [.start, .begin, .finish, .count, .audit, .locate(gone: "x")]
        for fact in facts {
            let line = String(decoding: try JSONLine.bytes(fact), as: UTF8.self)
            #expect(line.filter { $0 == "\n" }.count == 1 && line.hasSuffix("\n"))
            #expect(try JSONLine.value(String(line.dropLast()), as: DemoFact.self) == fact)
        }
        let news = DemoNews.located([Whereabouts(node: "x", epoch: epoch)])
        #expect(try JSONLine.value(String(decoding: JSONLine.bytes(news), as: UTF8.self), as: DemoNews.self) == news)
    }
}

@Suite("Lines from another process")
struct IncomingLinesTests {
    @Test("lines come whole and in order, in whatever pieces they arrive, also empty ones and one of a megabyte")
    func pieces() async throws {
        let pipe = Pipe()
        let long = String(repeating: "é", count: 500_000)
        let expected = ["a", "", long, "b"]
        let bytes = Data((expected.joined(separator: "\n") + "\nnot ended").utf8)
        let writing = Task.detached {
            var rest = bytes[...]
            var size = 1
            while !rest.isEmpty {
                try pipe.fileHandleForWriting.write(contentsOf: rest.prefix(size))
                rest = rest.dropFirst(size)
                size = min(size * 3, 50_001)
            }
            try pipe.fileHandleForWriting.close()
        }
        var lines: [String] = []
        for await line in IncomingLines(pipe.fileHandleForReading).lines { lines.append(line) }
        try await writing.value
        #expect(lines == expected)
    }
}
