// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import phub

@Suite("Storm")
struct StormTests {
    private static func survey(_ here: [String], knows: [String: String]) -> StormSurvey {
        StormSurvey(known: knows, here: here)
    }

    /// A book in which so many children were asked for, with these answers.
    private func book(_ answers: StormAnswer.Outcome...) -> StormBook {
        var book = StormBook()
        let ids = book.newIDs(answers.count)
        book.take(zip(ids, answers).map { StormAnswer(id: $0, outcome: $1) })
        return book
    }

    @Test("what a caller was told must be so on every node")
    func told() {
        let book = book(.done(holders: 3), .notDone, .unknown)
        let good = Self.survey(["w-0"], knows: ["w-0": "a"])
        #expect(book.faults(in: ["a": good, "b": Self.survey([], knows: ["w-0": "a"])]).isEmpty)
        #expect(book.faults(in: ["a": Self.survey([], knows: [:])]) == ["w-0 must run once, and runs on []"])
        #expect(book.faults(in: ["a": good, "b": Self.survey([], knows: [:])]).count == 1)
        let twice = book.faults(in: ["a": good, "b": Self.survey(["w-0"], knows: ["w-0": "b"])])
        #expect(twice.first?.contains("must run once") == true)
        let undone = Self.survey(["w-0", "w-1"], knows: ["w-0": "a", "w-1": "a"])
        #expect(book.faults(in: ["a": undone]) == ["w-1 is stopped, and runs on [\"a\"]"])
        let either = Self.survey(["w-0", "w-2"], knows: ["w-0": "a", "w-2": "a"])
        #expect(book.faults(in: ["a": either]).isEmpty)
        let unheard = Self.survey(["w-0", "w-2"], knows: ["w-0": "a"])
        #expect(book.faults(in: ["a": unheard]).count == 1)
    }

    @Test("a stop that was refused leaves the child running, one of which nobody learned leaves it open")
    func stops() {
        var book = book(.done(holders: 3), .done(holders: 3), .done(holders: 3))
        book.stop(["w-0", "w-1", "w-2"])
        #expect(book.running.isEmpty)
        book.take([.init(id: "w-0", outcome: .notDone), .init(id: "w-1", outcome: .done(holders: 3))])
        book.lose(["w-1", "w-2"])
        #expect(book.fates == ["w-0": .runs, "w-1": .isGone, "w-2": .unknown])
    }

    @Test("what no more nodes held than were killed together may be forgotten, until all know the same")
    func holders() {
        var book = book(.done(holders: 2), .done(holders: 3))
        book.kill(2)
        #expect(book.fates == ["w-0": .unknown, "w-1": .runs])
        book.stop(["w-1"])
        book.take([.init(id: "w-1", outcome: .done(holders: 3))])
        #expect(book.doubtful == ["w-0", "w-1"])
        book.allAgree()
        book.kill(4)
        #expect(book.fates["w-1"] == .isGone && book.doubtful == ["w-0"])
    }

    @Test(
        "the storm refuses what it cannot do",
        arguments: [["--nodes", "2"], ["--children", "0"], ["--kills", "-1"], ["--kills", "some"]])
    func refused(arguments: [String]) async throws {
        #expect(try await Program.run(["storm"] + arguments).status == 64)
    }
}

@Suite("Storm on real nodes", .serialized, .live)
struct StormRunTests {
    @Test("nodes are killed while children start, stop and fail: nothing acknowledged is lost or comes back (S8, S9)")
    func kills() async throws {
        let kills = Strict.limit(200, otherwise: 4)
        let patience = Strict.limit(15, otherwise: 120)
        let storm = try await Program.run(
            ["storm", "--children", "60", "--kills", "\(kills)", "--within", "\(patience)"], within: 1_200)
        #expect(storm.status == 0, "\(storm.output)")
        #expect(storm.output.contains("nothing lost"))
    }
}
