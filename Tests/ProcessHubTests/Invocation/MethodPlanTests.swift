// SPDX-License-Identifier: Apache-2.0

import Distributed
import Foundation
import Testing

@testable import ProcessHub

distributed actor Shapes: HubProcess {
    final class Box: Codable, @unchecked Sendable {  // Never changed after it was made.
        let text: String
        init(_ text: String) { self.text = text }
    }
    enum Choice: Codable, Sendable, Equatable {
        case none
        case some(Int, name: String)
    }
    struct Failure: Error, Codable, Equatable {}

    init(_: NoArguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }
    distributed func zero() -> Int { 0 }
    distributed func nothing() {}
    distributed func five(_ a: Int, _ b: String, _ c: Double, _ d: [Int], _ e: Bool) -> String {
        "\(a) \(b) \(c) \(d) \(e)"
    }
    distributed func choice(_ choice: Choice) -> Choice { choice }
    distributed func maybe(_ n: Int?) -> Int? { n.map { $0 + 1 } }
    distributed func box(_ box: Box) -> Box { Box(box.text + "!") }
    distributed func late() async -> UInt8 {
        await Task.yield()
        return 200
    }
    distributed func fails() throws { throw Failure() }
    distributed func defaulted(_ n: Int = 3) -> Int { n }
    distributed var computed: [String: Int] { ["a": 1] }
    distributed func date(_ date: Date, _ id: UUID, _ url: URL, _ decimal: Decimal, _ data: Data) -> Data { data }
}

@Suite("MethodPlan")
struct MethodPlanTests {
    let node = testNode("a")
    let codec = Codec { nil }

    private func plans() throws -> [MethodName: MethodPlan] {
        try node.calls.kinds.register(Shapes.self).methods
    }

    private func process() -> Shapes { Shapes(NoArguments(), actorSystem: node.actorSystem) }

    @Test("each method has a plan, and the plan and the runtime's own way give the same result")
    func bothWays() async throws {
        let process = process()
        var five = Arguments()
        five.append(1)
        five.append("two")
        five.append(3.5)
        five.append([4])
        five.append(true)
        var one = Arguments()
        one.append(Int?.some(1))
        var choice = Arguments()
        choice.append(Shapes.Choice.some(1, name: "x"))
        var box = Arguments()
        box.append(Shapes.Box("b"))
        let cases: [(MethodName, Arguments)] = [
            ("zero()", Arguments()), ("nothing()", Arguments()), ("five(_:_:_:_:_:)", five), ("maybe(_:)", one),
            ("choice(_:)", choice), ("box(_:)", box), ("late()", Arguments()), ("computed()", Arguments()),
        ]
        for (name, arguments) in cases {
            let plan = try #require(try plans()[name])
            let bytes = try arguments.encoded(with: codec)
            let planned = try await plan.call(on: process, bytes: bytes, codec: codec)
            let slow = try await slowly(plan, process, bytes)
            #expect(planned == slow, "\(name)")
            #expect(plan.hasExecutionPlan, "\(name)")
        }
    }

    private func slowly(_ plan: MethodPlan, _ process: Shapes, _ bytes: [UInt8]) async throws -> [UInt8] {
        let count = try #require(CallArray.header(of: bytes)?.count)
        var decoder = try HubInvocationDecoder(bytes: bytes, count: count, codec: codec)
        nonisolated(unsafe) var result: [UInt8] = []  // The handler runs before the call returns.
        let codec = codec
        let handler = HubResultHandler { type, address in
            result = try #require(ResultForms.form(of: type)).encode(address, codec)
        }
        try await node.actorSystem.executeDistributedTarget(
            on: process, target: RemoteCallTarget(plan.identifier), invocationDecoder: &decoder, handler: handler)
        return result
    }

    @Test(
        "too few, too many and wrong arguments are refused before the method runs",
        arguments: [
            [0x80], [0x81, 0x61, 0x78], [0x82, 0x01, 0x02], [0x01], [], [0x81], [0x81, 0x01, 0x01], [0x98], [0xFF],
        ] as [[UInt8]])
    func wrongArguments(bytes: [UInt8]) async throws {
        let plan = try #require(try plans()["maybe(_:)"])
        let process = process()
        let codec = codec
        await #expect(throws: ArgumentFault.self) {
            try await plan.call(on: process, bytes: bytes, codec: codec)
        }
    }

    @Test("what a method throws comes through")
    func throwing() async throws {
        let plan = try #require(try plans()["fails()"])
        let process = process()
        await #expect(throws: Shapes.Failure.self) {
            let _: Void = try await plan.call(on: process, Arguments(), returning: Void.self)
        }
    }
}
