// SPDX-License-Identifier: Apache-2.0

import Distributed
import HubTransport
import HubWire
import TestSupport
import Testing

@testable import ProcessHub

@Suite("A peer that is admitted and means harm", .live)
struct HostilePeerTests {
    /// The near node's connection to the far one, written to by hand.
    private func connection(_ pair: Pair) async throws -> PeerConnection {
        let switchboard = try #require(pair.near.node.calls.switchboard)
        try await eventually { switchboard.connection(to: "far") != nil }
        return try #require(switchboard.connection(to: "far"))
    }

    /// Sends a call of the given kind and method and returns what it is answered with.
    private func ask(
        _ pair: Pair, _ child: ChildID, _ kind: ProcessKind, _ method: MethodName, arguments: [UInt8] = [0x80]
    ) async throws -> HubError? {
        let plan = MethodPlan(kind: kind, name: method, identifier: "none", isIdempotent: false) { _, _, _, _ in }
        let id = ProcessID(hub: "h", child: child)
        return await failure {
            try await pair.near.node.calls.callRemotely(id, plan, arguments, .current)
        }
    }

    @Test(
        "W54: no name reaches code outside the registered methods of the registered kinds",
        arguments: [
            "run()", "terminate(_:)", "init(_:actorSystem:)", "local()", "count",
            "$s16ProcessHubTests5BenchC7nothingyyYaKFTE",
            "nothing", "nothing(_:)", "Bench.nothing()", "", "value", "kind()", "resolve(id:using:)",
        ])
    func names(method: String) async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "c", .init(start: 1))
            let error = try await self.ask(pair, "c", "Bench", MethodName(method))
            if method.isEmpty {
                #expect(error?.code == .tooLarge)  // No frame can carry the name.
            } else {
                #expect(error?.code == .unknownMethod)
            }
            #expect(error?.outcome == .notExecuted)
        }
    }

    @Test(
        "W54: a kind that was not registered is never decoded, whatever type of that name exists",
        arguments: [
            "Pair", "ProcessHubTests.Bench", "Swift.Int", "Task", "Outer",
        ])
    func kinds(kind: String) async throws {
        try await Pair.run { pair in
            let route = try await pair.placeFar(Bench.self, id: "c", .init())
            pair.near.learn("d", kind: ProcessKind(kind), at: route)
            let error = try await self.ask(pair, "d", ProcessKind(kind), "nothing()")
            #expect(error?.code == .unknownKind)
            #expect(error?.outcome == .notExecuted)
        }
    }

    @Test(
        "W55: whatever bytes a frame holds, nothing is started by them, and the node stays up",
        arguments: FrameType.allCases)
    func frames(type: FrameType) async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "c", .init(start: 1))
            var generator = SeededGenerator(seed: UInt64(type.rawValue))
            for round in 0..<20 {
                let connection = try await self.connection(pair)
                let payload = (0..<round * 3).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
                connection.send(.control) { writer, _ in
                    (try? writer.frame(type, stream: UInt64(round)) { $0.raw(payload) }) != nil
                }
            }
            let bench = try pair.near.process("c", as: Bench.self)
            try await eventually { await failure { try await bench.nothing() } == nil }
            #expect(pair.far.node.calls.table.instances().count == 1)
        }
    }

    @Test("numbers of methods that were never defined, or defined twice, end the connection and nothing else")
    func methodNumbers() async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "c", .init(start: 1))
            let first = try await self.connection(pair)
            first.send(.calls) { writer, _ in
                let call = CallEnvelope(
                    to: "c", of: "h", method: 77,
                    request: RequestID(caller: Incarnation(rawValue: 1), sequence: 1), mode: .first(hint: .none))
                return (try? writer.frame(.call, stream: 1, call, payload: [0x80])) != nil
            }
            try await eventually { !first.isOpen }
            let second = try await self.connection(pair)
            second.send(.calls) { writer, _ in
                let definition = MethodDefinition(0, kind: "Bench", method: "nothing()")
                return (try? writer.frame(.defineMethod, definition)) != nil
                    && (try? writer.frame(.defineMethod, definition)) != nil
            }
            try await eventually { !second.isOpen }
            let bench = try pair.near.process("c", as: Bench.self)
            #expect(try await bench.value == 1)
        }
    }

    @Test("answers to calls that nobody made are dropped")
    func answers() async throws {
        try await Pair.run { pair in
            try await pair.placeFar(Bench.self, id: "c", .init(start: 1))
            let connection = try await self.connection(pair)
            connection.send(.calls) { writer, _ in
                (0..<100).allSatisfy { stream in
                    (try? writer.frame(.reply, stream: UInt64(stream), ReplyEnvelope(epoch: .none), payload: [1]))
                        != nil
                }
            }
            let bench = try pair.near.process("c", as: Bench.self)
            #expect(try await bench.value == 1)
            #expect(connection.isOpen)
        }
    }
}
