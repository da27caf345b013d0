// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import ProcessHub
import Testing

@testable import phub

@Suite("NodeConfiguration")
struct NodeConfigurationTests {
    private func parse(_ text: String) throws -> NodeConfiguration { try NodeConfiguration.parse(Data(text.utf8)) }

    private func node(_ configuration: NodeConfiguration) throws -> Node {
        try configuration.node { _ in SwiftLogNoOpLogHandler() }
    }

    @Test("a file says what flags say")
    func file() throws {
        let read = try parse(
            """
            {"name": "a", "listen": "127.0.0.1:7946", "seeds": ["127.0.0.1:7947"], "dns": ["nodes.example:7946"],
             "cluster": "c", "certificate": "a.pem", "key": "a.key", "authority": "ca.pem", "zone": "z", "weight": 2.5,
             "labels": {"k": "v"}, "status": "/tmp/x", "logLevel": "debug"}
            """)
        let node = try node(read)
        #expect(node.name == "a")
        #expect(read.directory == StatusDirectory("/tmp/x"))
    }

    @Test("flags replace what the file says and add to its lists")
    func flags() throws {
        var file = try parse(#"{"name": "a", "seeds": ["h:1"], "labels": {"k": "v", "l": "w"}, "zone": "z"}"#)
        var flags = NodeConfiguration()
        (flags.name, flags.seeds, flags.labels) = ("b", ["h:2"], ["k": "x"])
        file.add(flags)
        #expect(file.name == "b" && file.zone == "z")
        #expect(file.seeds == ["h:1", "h:2"] && file.labels == ["k": "x", "l": "w"])
    }

    @Test(
        "what means nothing is refused, and the fault names it",
        arguments: [
            ("", "no JSON"), ("[]", "no JSON"), ("{\"name\": \"a\"", "no JSON"), ("\u{0}\u{1}", "no JSON"),
            (#"{"nmae": "a"}"#, "nmae"), (#"{"name": 7}"#, "name"), (#"{"seeds": "h:1"}"#, "seeds"),
            (#"{"weight": "much"}"#, "weight"), (#"{"labels": {"k": 1}}"#, "labels.k"), (#"{"seeds": [1]}"#, "seeds"),
        ])
    func garbage(text: String, word: String) {
        do {
            _ = try parse(text)
            Issue.record("accepted: \(text)")
        } catch {
            #expect("\(error)".contains(word), "\(error)")
        }
    }

    @Test("an address of IPv6 stands in brackets")
    func brackets() throws {
        _ = try node(NodeConfiguration(name: "a", listen: "[::1]:0"))
        #expect(throws: NodeConfiguration.Fault.self) { try node(NodeConfiguration(name: "a", listen: "::1")) }
    }
}

@Suite("Survey")
struct SurveyTests {
    private func person(_ name: String, service: String = "inService") -> NodeStatus.Person {
        NodeStatus.Person(name: name, incarnation: "1", service: service, hubs: [], weight: 1, labels: [:])
    }

    private func voice(
        _ name: String, sees view: [String]?, knows roster: [(String, String)] = [], standing: String = "serving",
        _ condition: Survey.Voice.Condition = .speaking, process: Int32 = 1
    ) -> Survey.Voice {
        var status = NodeStatus(
            cluster: "c", node: name, incarnation: "1", process: process, standing: standing,
            roster: roster.map { NodeStatus.Entry(member: person($0.0), state: $0.1) }, written: 1)
        status.view = view.map { NodeStatus.View(version: 1, members: $0.map { person($0) }) }
        return Survey.Voice(status: status, condition: condition)
    }

    @Test("nodes that see the same agree")
    func agreed() {
        let survey = Survey(of: "c", [voice("a", sees: ["a", "b"]), voice("b", sees: ["a", "b"])])
        #expect(survey.isAgreed && survey.opinions.first?.nodes == ["a", "b"])
        #expect(survey.rows.map(\.state) == ["serving", "serving"])
        #expect(survey.rows.map(\.seenBy) == [["a", "b"], ["a", "b"]])
    }

    @Test("who differs is named, and who does not serve")
    func differing() {
        let survey = Survey(
            of: "c",
            [
                voice("a", sees: ["a", "b"]), voice("b", sees: ["a", "b"]), voice("c", sees: ["c"]),
                voice("d", sees: nil, standing: "joining"),
            ])
        #expect(!survey.isAgreed)
        #expect(survey.opinions.map(\.nodes) == [["a", "b"], ["c"]])
        #expect(survey.others == ["d is joining"])
        let lines = NodesTable(survey: survey, style: TextStyle(isColoured: false)).lines
        #expect(lines.contains("no agreed view") && lines.contains("  c: c (1)") && lines.contains("  d is joining"))
    }

    @Test("the word of a process that is stopped or gone does not count; what the others say of it does")
    func silent() {
        let known = [("b", "suspected"), ("c", "dead")]
        let survey = Survey(
            of: "c",
            [
                voice("a", sees: ["a", "b"], knows: known), voice("b", sees: ["a", "b", "c"], .stopped),
                voice("c", sees: ["a", "b", "c"], .gone),
            ])
        #expect(survey.isAgreed)
        #expect(survey.rows.map(\.state) == ["serving", "stopped, suspected", "dead"])
        #expect(survey.rows[2].process == nil && survey.rows[1].process == 1)
    }

    @Test("a successor speaks for the name of a dead process; a file alone says that its process is gone")
    func successor() {
        let survey = Survey(of: "c", [voice("a", sees: ["a"], .gone, process: 1), voice("a", sees: ["a"], process: 2)])
        #expect(survey.rows.map(\.process) == [2] && survey.isAgreed)
        let left = Survey(of: "c", [voice("a", sees: ["a"], .gone)])
        #expect(left.rows.map(\.state) == ["gone"] && !left.isAgreed)
    }
    @Test(
        "what a name holds does not reach the terminal unescaped (S17)",
        arguments: [["a", "x\u{202E}y"], ["z\u{2028}"]])
    func printable(names: [String]) {
        for view in [names, ["other"]] {
            let survey = Survey(of: "c\u{2028}", [voice("a", sees: names), voice(names[0], sees: view, process: 2)])
            let text = NodesTable(survey: survey, style: TextStyle(isColoured: false)).lines.joined(separator: "\n")
            #expect(text.unicodeScalars.allSatisfy { $0 != "\u{202E}" && $0 != "\u{2028}" }, "\(text.debugDescription)")
        }
    }
}
