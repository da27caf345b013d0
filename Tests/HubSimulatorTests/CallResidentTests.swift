// SPDX-License-Identifier: Apache-2.0

import HubCore
import HubWire
import Testing

@testable import HubSimulator

/// What a simulated process does with calls while its node does not know whether it is a member.
@Suite("Call resident")
struct CallResidentTests {
    private let world: CallWorld
    private let resident: CallResident
    private let epoch = Epoch(Stamp(time: 1, incarnation: Incarnation(rawValue: 1)))
    private let start = Instant(nanoseconds: 1_000_000_000, wallMilliseconds: 0)

    init() {
        world = CallWorld(Plan(seed: 1, nodes: 2, duration: .seconds(10)))
        resident = CallResident(
            seat: 0, name: "a", incarnation: Incarnation(rawValue: 1), world: world, callers: 0, seed: 1)
        resident.activate(0, Gate(epoch: epoch))
    }

    private func at(_ milliseconds: Int64) -> Instant { start.advanced(by: .milliseconds(milliseconds)) }

    @discardableResult
    private func tell(_ event: ResidentEvent, _ milliseconds: Int64) -> [ResidentOrder] {
        var orders: [ResidentOrder] = []
        resident.handle(event, at: at(milliseconds), into: &orders)
        return orders
    }

    private func look(_ milliseconds: Int64) {
        var orders: [ResidentOrder] = []
        resident.nodeLooked(at: at(milliseconds), into: &orders)
    }

    private func view(_ standing: Standing) -> ResidentEvent {
        .viewChanged(MemberView(version: 1, node: "a", standing: standing, members: []))
    }

    /// A call of `b`'s process with this incarnation; `number` is its effect.
    private func call(_ number: Int, by caller: UInt64) throws -> ResidentEvent {
        let incarnation = Incarnation(rawValue: caller)
        var envelope = CallEnvelope(
            to: CallWorld.name(0), of: CallWorld.hub, method: 0,
            request: RequestID(caller: incarnation, sequence: 1), mode: .first(hint: epoch))
        envelope.remainingNanoseconds = 60_000_000_000
        var payload = ByteWriter()
        payload.u64(UInt64(number))
        var frame = ByteWriter()
        try frame.frame(.call, stream: 7, envelope, payload: payload.bytes)
        return .frame(frame.bytes, from: "b", incarnation)
    }

    @Test("a held call of a connection that ended is not executed over the next one, whose stream has its number (S7)")
    func heldOverConnections() throws {
        let (old, new) = (world.history.begin(0), world.history.begin(0))
        look(0)
        tell(.linkUp("b", Incarnation(rawValue: 10)), 1)
        tell(view(.unsure), 2)
        tell(try call(old, by: 10), 3)
        // b leaves, and comes back as a process that numbers its streams from the beginning.
        tell(.linkDown("b", Incarnation(rawValue: 10)), 4)
        tell(.linkUp("b", Incarnation(rawValue: 11)), 5)
        tell(try call(new, by: 11), 6)
        look(7)
        tell(view(.serving), 8)
        var answers: [ResidentOrder] = []
        for time in stride(from: 50, through: 2_500, by: 50) as StrideThrough<Int64> {
            look(time)
            answers += tell(.timePassed, time)
        }
        #expect(answers.count == 1, "one answer: to the call of the new connection")
        #expect(world.history.calls[old].executions == 0)
        #expect(world.history.calls[new].executions == 1)
    }

    @Test("after a silence of its node nothing is executed until the node has looked")
    func presumedHold() throws {
        let number = world.history.begin(0)
        look(0)
        tell(.linkUp("b", Incarnation(rawValue: 10)), 1)
        tell(try call(number, by: 10), 9_000)
        #expect(resident.isHolding)
        #expect(resident.nextTick == nil)
        tell(.timePassed, 14_000)
        #expect(world.history.calls[number].executions == 0)
        look(14_001)
        #expect(!resident.isHolding)
        look(20_000)
        tell(.timePassed, 20_000)
        #expect(world.history.calls[number].executions == 1)
    }
}
