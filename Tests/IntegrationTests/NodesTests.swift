// SPDX-License-Identifier: Apache-2.0

import Foundation
import ProcessHub
import TestSupport
import Testing

@testable import phub

/// Nodes in processes of their own, and what `phub nodes` says of them.
@Suite("Nodes", .serialized, .live)
struct NodesTests {
    /// Three nodes, of which the second and the third know only the first.
    private func three(in town: Town, _ more: (String) -> [String] = { _ in [] }) async throws -> [RunningNode] {
        let a = try RunningNode("a", in: town, more("a"))
        let seed = try await a.address()
        return [a] + (try ["b", "c"].map { try RunningNode($0, in: town, seeds: [seed], more($0)) })
    }

    @Test("three processes agree on one view after a start, a leave, a kill -9 and a restart")
    func comeAndGo() async throws {
        let town = Town()
        let nodes = try await three(in: town)
        try await town.agrees(on: "a", "b", "c")
        let seed = try await nodes[0].address()
        let first = town.incarnation(of: "c")

        let shown = try await Program.run(["nodes", "--status", town.directory.path])
        #expect(shown.status == 0 && shown.output.contains("one view: a, b, c"))

        let asked = ContinuousClock.now
        nodes[1].send(SIGTERM)
        #expect(try await nodes[1].status() == 0)
        try await town.agrees(on: "a", "c", since: asked)
        #expect(nodes[1].text.contains("leaving"))
        try await until("all know that b left") { town.state(of: "b") == "left" }

        nodes[2].send(SIGKILL)
        try await town.agrees(on: "a")
        try await until("all know that c is dead") { town.state(of: "c") == "dead" }

        let again = try RunningNode("c", in: town, seeds: [seed])
        try await town.agrees(on: "a", "c")
        #expect(town.incarnation(of: "c") != first)
        // What the killed one left behind is gone.
        #expect(town.directory.statuses().filter { $0.node == "c" }.map(\.process) == [again.pid])
        withExtendedLifetime(nodes) {}
    }

    @Test(
        "of three processes, two that are killed and started again together are back within moments",
        arguments: [true, false])
    func twoRestarted(atTheirAddresses isSame: Bool) async throws {
        let town = Town()
        let nodes = try await three(in: town)
        try await town.agrees(on: "a", "b", "c")
        let (seed, agreed) = (try await nodes[0].address(), ContinuousClock.now)
        // A connection that ends within its first second is not dialed again at once.
        try await until("the connections are steady") { ContinuousClock.now - agreed > .milliseconds(1_200) }
        var again: [RunningNode] = []
        let killed = ContinuousClock.now
        for node in nodes[1...] { node.send(SIGKILL) }
        for node in nodes[1...] {
            let place = isSame ? ["--listen", try await node.address()] : []
            again.append(try RunningNode(node.name, in: town, seeds: [seed], place))
        }
        try await town.agrees(on: "a", "b", "c", since: killed)
        try await until("the new processes speak") {
            again.allSatisfy { node in town.directory.statuses().contains { $0.process == node.pid } }
        }
        withExtendedLifetime(nodes) {}
    }

    @Test(
        "S15: a process that stands still is suspected, then dead, and comes back under a new incarnation, accusing nobody"
    )
    func pause() async throws {
        let town = Town()
        let nodes = try await three(in: town)
        try await town.agrees(on: "a", "b", "c")
        let old = town.incarnation(of: "c")
        let stopped = ContinuousClock.now
        nodes[2].send(SIGSTOP)
        func within(_ seconds: Double) -> Double { seconds - (ContinuousClock.now - stopped) / .seconds(1) }
        for witness in ["a", "b"] {
            try await until("\(witness) suspects c", seconds: within(Promised.suspicion)) {
                ["suspected", "dead"].contains(town.word(of: witness, on: "c"))
            }
        }
        for witness in ["a", "b"] {
            try await until("c is dead to \(witness)", seconds: within(Promised.death)) {
                town.word(of: witness, on: "c") == "dead"
            }
        }
        try await until("one view without c") { town.survey?.opinions.map(\.members) == [["a", "b"]] }
        #expect(town.state(of: "c") == "stopped, dead")
        // Ten seconds, longer than every timeout: it was pinged until it was given up.
        try await Task.sleep(until: stopped + .seconds(10), clock: .continuous)
        nodes[2].send(SIGCONT)
        try await town.agrees(on: "a", "b", "c")
        #expect(town.incarnation(of: "c") != old)
        #expect(nodes[2].process.isRunning)
        // It first heard what lay unread: nobody is dead to it who only was not heard. On a starved machine an answer may
        // be late all the same; that is a suspicion, and it ends with the answer.
        let log = nodes[2].log
        #expect(log.contains("this node was stopped for"))
        #expect(!log.contains(" is dead"), "\(log)")
    }

    @Test("a node that is killed and started again and again is there once in the end")
    func restartStorm() async throws {
        let town = Town()
        let nodes = try await three(in: town)
        try await town.agrees(on: "a", "b", "c")
        let (seed, place) = (try await nodes[0].address(), try await nodes[2].address())
        var last = nodes[2]
        for round in 0..<6 {
            last.send(round % 3 == 2 ? SIGTERM : SIGKILL)
            _ = try await last.status()
            last = try RunningNode("c", in: town, seeds: [seed], ["--listen", place])
            if round % 2 == 0 { _ = try await last.address() }
        }
        try await town.agrees(on: "a", "b", "c")
        #expect(town.incarnation(of: "c") == town.directory.statuses().first { $0.process == last.pid }?.incarnation)
        withExtendedLifetime(nodes) {}
    }

    @Test("S14: of two nodes with one name one stays, the other ends with the code for it")
    func oneName() async throws {
        let town = Town()
        let nodes = try await three(in: town)
        try await town.agrees(on: "a", "b", "c")
        // The newcomer knows another node than the one whose name it has.
        let twin = try RunningNode("c", in: town, seeds: [try await nodes[1].address()])
        #expect(try await twin.status() == 76)
        #expect(twin.log.contains("another node named c"))
        try await town.agrees(on: "a", "b", "c")
        for node in nodes { #expect(node.process.isRunning) }
    }

    @Test("three nodes with certificates agree, and one without is not let in")
    func certificates() async throws {
        let town = Town()
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "HubTransportTests/Certificates")
        let nodes = try await three(in: town) { name in
            [
                "--cert", folder.appending(path: "\(name).pem").path, "--key",
                folder.appending(path: "\(name).key").path,
                "--ca", folder.appending(path: "ca.pem").path,
            ]
        }
        try await town.agrees(on: "a", "b", "c")
        let stranger = try RunningNode(
            "d", in: Town(), seeds: [try await nodes[0].address()], ["--cluster", town.cluster])
        try await until("the stranger is refused: \(stranger.log)") { stranger.log.contains("is no frame") }
        try await town.agrees(on: "a", "b", "c")
        stranger.send(SIGKILL)
        nodes[2].send(SIGTERM)
        #expect(try await nodes[2].status() == 0)
        try await town.agrees(on: "a", "b")
    }

    @Test("a node keeps looking for a seed that is not there yet, and ignores one that never will be")
    func lateSeed() async throws {
        let town = Town()
        let first = try RunningNode("a", in: town)
        let place = try await first.address()
        first.send(SIGKILL)
        _ = try await first.status()
        let b = try RunningNode("b", in: town, seeds: [place, "127.0.0.1:1"])
        try await town.agrees(on: "b")
        let a = try RunningNode("a", in: town, ["--listen", place])
        try await town.agrees(on: "a", "b")
        withExtendedLifetime((a, b)) {}
    }

    @Test(
        "what cannot be is refused before anything starts, with the code and a word about it",
        arguments: [
            ([], "needs a name", Int32(64)), (["--name", "a", "--listen", "nowhere"], "listen", 64),
            (["--name", "a", "--seed", "nowhere"], "nowhere", 64), (["--name", "a", "--seed", "a:0"], "a:0", 64),
            (["--name", "a", "--dns", "a:99999"], "99999", 64), (["--name", "a", "--weight", "0"], "weight", 64),
            (["--name", "a", "--label", "x"], "key=value", 64), (["--name", "a", "--log-level", "loud"], "loud", 64),
            (["--name", "a", "--cert", "x.pem"], "belong together", 64),
            (["--name", "a", "--listen", "0.0.0.0:0"], "TLS", 64),
            (["--config", "/no/such/file"], "cannot be read", 64),
            (["--name", "a", "--cert", "/no", "--key", "/no", "--ca", "/no"], "certificates", 77),
        ])
    func refused(arguments: [String], word: String, code: Int32) async throws {
        let town = Town()
        let end = try await Program.run(["node", "--status", town.directory.path] + arguments)
        #expect(end.status == code, "\(end.output)")
        #expect(end.output.contains(word), "\(end.output)")
    }

    @Test("an address that is taken has a code of its own")
    func addressTaken() async throws {
        let town = Town()
        let node = try RunningNode("a", in: town)
        let end = try await Program.run(
            ["node", "--name", "b", "--status", town.directory.path, "--listen", try await node.address()])
        #expect(end.status == 69)
    }

    @Test("phub nodes says so when there is nothing to show")
    func nothing() async throws {
        let shown = try await Program.run(["nodes", "--status", "/no/such/directory"])
        #expect(shown.status == 0 && shown.output.contains("no node has a status file"))
    }
}
