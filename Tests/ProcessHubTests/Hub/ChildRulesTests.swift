// SPDX-License-Identifier: Apache-2.0

import Distributed
public import HubCore
import ProcessHub
public import Testing

extension Child: CustomTestStringConvertible {
    /// Not its arguments: some are as large as may be.
    public var testDescription: String { "\(kind) \(id.rawValue.prefix(20))" }
}

/// What never leaves the caller: limits and names are checked where a child is handed over (W30).
@Suite("Child rules")
struct ChildRulesTests {
    /// Arguments that cannot be encoded.
    distributed actor Mute: HubProcess {
        struct Arguments: Codable, Sendable {
            init() {}
            init(from decoder: any Decoder) throws {}
            func encode(to encoder: any Encoder) throws { throw Refusal() }
            struct Refusal: Error {}
        }
        init(_ arguments: Arguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }
    }

    distributed actor Heavy: HubProcess {
        struct Arguments: Codable, Sendable { var text: String }
        init(_ arguments: Arguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }
    }

    private static func child(
        _ id: ChildID = "c", metadata: [String: MetadataValue] = [:], tags: Set<String> = [],
        shutdown: Duration = .seconds(5)
    ) -> Child { Child(Bench.self, id: id, .init(), metadata: metadata, tags: tags, shutdown: shutdown) }

    private static let deep = (0..<40).reduce(MetadataValue.bool(true)) { value, _ in .list([value]) }

    @Test(
        "a child that breaks a limit is refused by name, and not executed (W30)",
        arguments: [
            (child(""), HubError.Code.invalidName), (child("a\u{7}"), .invalidName),
            (child(ChildID(String(repeating: "x", count: 256))), .invalidName),
            (child(tags: [""]), .invalidName), (child(tags: ["a\n"]), .invalidName),
            (child(tags: [String(repeating: "t", count: 65)]), .tooLarge),
            (child(tags: Set((0..<17).map { "t\($0)" })), .tooLarge),
            (child(metadata: ["m": .string(String(repeating: "x", count: 4_096))]), .tooLarge),
            (child(metadata: ["m": deep]), .tooLarge),
            (child(shutdown: .seconds(-1)), .invalidConfiguration),
            (Child(Mute.self, id: "m", .init()), .unencodableArguments),
            (Child(Heavy.self, id: "h", .init(text: String(repeating: "x", count: 600_000))), .tooLarge),
        ])
    func refused(child: Child, code: HubError.Code) async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node) { $0.processes = [Bench.self] }
        let result = try await hub.start([child]).result
        #expect(result.errors.map(\.error.code) == [code])
        #expect(result.errors.map(\.error.outcome) == [.notExecuted])
        #expect(result.status == .failed && result.ids.isEmpty)
        #expect(throws: HubError.self) { try Hub("other", on: node) { $0.children = [child] } }
    }

    @Test("what is exactly at a limit is no fault")
    func atLimits() throws {
        let child = Self.child(
            ChildID(String(repeating: "x", count: 255)),
            metadata: ["m": .string(String(repeating: "x", count: 4_000))],
            tags: Set((10..<26).map { "\($0)" + String(repeating: "t", count: 62) }))
        _ = try Hub("h", on: testNode("a")) { $0.children = [child] }
    }

    @Test("no children at all, and a configuration that names one twice, are errors with a name (M01)")
    func nothing() async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node)
        #expect(await failure { try await hub.start([]).result }?.code == .noChildren)
        #expect(await failure { try await hub.stop([]).result }?.code == .noChildren)
        let error = #expect(throws: HubError.self) {
            try Hub("other", on: node) { $0.children = [Self.child("c"), Self.child("c")] }
        }
        #expect(error?.code == .alreadyStarted)
    }

    @Test("under roll-back one bad child keeps all others from being started")
    func rollBack() async throws {
        let hub = try Hub("h", on: testNode("a")) { $0.processes = [Bench.self] }
        let children = [Self.child("good"), Self.child("bad", tags: [""])]
        let result = try await hub.start(children, options: .init(onFailure: .rollBack)).result
        #expect(result.errors.map(\.child) == ["bad"] && result.started.isEmpty)
        #expect(result.rolledBack == ["good"] && result.status == .failed)
        let error = await failure { try result.get() }
        #expect(error?.code == .invalidName && error?.outcome == .notExecuted)
    }

    @Test("a change that breaks a limit changes nothing")
    func change() async throws {
        let hub = try Hub("h", on: testNode("a"))
        let long = MetadataValue.string(String(repeating: "x", count: 5_000))
        #expect(await failure { try await hub.update("c", metadata: ["m": long]) }?.code == .tooLarge)
        #expect(await failure { try await hub.update("c", tags: [""]) }?.code == .invalidName)
        #expect(await failure { try await hub.update("", tags: []) }?.code == .invalidName)
    }

    @Test("what is asked of a node that is never run ends at its deadline, not executed")
    func neverRun() async throws {
        let hub = try Hub("h", on: testNode("a")) { $0.processes = [Bench.self] }
        let start = hub.start([Self.child()], options: .init(deadline: .milliseconds(50)))
        let stop = hub.stop(["c"], options: .init(deadline: .milliseconds(50)))
        for _ in 0..<2 {
            let error = await failure { try await start.result }
            #expect(error?.code == .nodeNotRunning && error?.outcome == .notExecuted)
        }
        #expect(await failure { try await stop.result }?.code == .nodeNotRunning)
    }

    @Test("what is asked of a node that has left is not executed")
    func afterwards() async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node) { $0.processes = [Bench.self] }
        try await running(node) {}
        let error = await failure { try await hub.start([Self.child()]).result }
        #expect(error?.code == .nodeStopped && error?.outcome == .notExecuted)
    }
}
