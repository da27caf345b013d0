// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Testing

@Suite("Gate: reply window")
struct GateWindowTests {
    private func again(_ first: UInt64 = 1, hint: UInt64? = nil) -> CallMode {
        .again(first: epoch(first), hint: epoch(hint ?? first))
    }

    @Test("a request that was executed is answered with its reply, a failure too, and never executed twice")
    func answered() {
        var gate = TextGate(epoch: epoch(1))
        let failure = StoredReply(bytes: [7], isFailure: true)
        gate.run(1, request(1))
        gate.run(2, request(2), failure)
        #expect(gate.wire(3, request(1), again()) == .answer(reply(1)))
        #expect(gate.wire(4, request(2), again()) == .answer(failure))
        #expect(gate.wire(5, request(1), .first(hint: epoch(1))) == .answer(reply(1)))
        #expect(gate.version == 2)
    }

    @Test("a request that waits or runs is joined; every sending gets the reply, also two of one connection")
    func joined() {
        var gate = TextGate(epoch: epoch(1))
        _ = gate.admitLocal(turn: turn(1), chain: [])
        _ = gate.wire(2, request(1))
        #expect(gate.wire(3, request(1), again()) == .joined)
        #expect(gate.waitingCount == 1)
        #expect(gate.end(1)?.started == ["wire 2"])
        #expect(gate.wire(4, request(1), again()) == .joined)
        #expect(gate.end(2)?.answers == ["wire 3", "wire 4"])
    }

    @Test("a joined sending is told nothing that its caller could take as proof, however many there are")
    func joinedBound() {
        var gate = TextGate(epoch: epoch(1))
        _ = gate.wire(1, request(1))
        for number in 0..<UInt64(Limits.joinedSendings) {
            #expect(gate.wire(2 + number, request(1), again()) == .joined)
        }
        #expect(gate.wire(1_000, request(1), again()) == .refuse(.unknown))
    }

    @Test("calls from this node are not remembered")
    func localCalls() {
        var gate = TextGate(epoch: epoch(1))
        _ = gate.admitLocal(turn: turn(1), chain: [])
        _ = gate.finish(turn(1))
        #expect(gate.windowCount == 0)
    }

    @Test("an again of a request never seen is executed inside the line, and of unknown fate outside")
    func lines() {
        let copy = GateCopy(epoch: epoch(3), version: 4, since: epoch(2))
        func gate(_ continuation: Continuation) -> TextGate {
            var gate = TextGate(continuing: copy, under: epoch(5), as: continuation)
            _ = gate.open()
            return gate
        }
        var kept = gate(.unbroken)
        #expect((kept.since, kept.version) == (epoch(2), 4))
        #expect(kept.wire(1, request(1), again(1, hint: 5)) == .refuse(.unknown))
        #expect(kept.wire(1, request(1), again(2, hint: 5)) == .run)
        #expect(kept.wire(2, request(2), again(5)) == .waiting)
        var fresh = gate(.newLine)
        #expect(fresh.since == epoch(5))
        #expect(fresh.wire(1, request(1), again(4, hint: 5)) == .refuse(.unknown))
        #expect(fresh.wire(1, request(1), again(5)) == .run)
    }

    @Test("an again that was first sent to a higher epoch than the own is not executed")
    func olderCopy() {
        var gate = TextGate(epoch: epoch(5))
        #expect(gate.wire(1, request(1), .again(first: epoch(6), hint: epoch(5))) == .refuse(.unknown))
    }

    @Test("a first from before the line is sent here once more, and then runs")
    func firstBeforeLine() {
        var gate = TextGate(epoch: epoch(5))
        #expect(gate.wire(1, request(1), .first(hint: epoch(4))) == .redirectHere)
        #expect(gate.wire(2, request(1), .first(hint: epoch(5))) == .run)
    }

    @Test("a first at or below the caller's watermark runs only if it expects the own epoch")
    func firstBelowWatermark() {
        var gate = TextGate(epoch: epoch(1))
        gate.run(1, request(7))
        #expect(gate.forget(request(7)) == true)
        gate.take(epoch(2), as: .unbroken)
        #expect(gate.wire(2, request(6), .first(hint: epoch(1))) == .redirectHere)
        #expect(gate.wire(2, request(8), .first(hint: epoch(1))) == .run)
        #expect(gate.wire(3, request(6), .first(hint: epoch(2))) == .waiting)
        #expect(gate.wire(4, request(6, of: 4), .first(hint: epoch(1))) == .waiting)
    }

    @Test("what is forgotten is expired for an again: the request itself and all below it of that caller")
    func forgotten() {
        var gate = TextGate(epoch: epoch(1))
        gate.run(1, request(7))
        #expect(gate.forget(request(7)) == true)
        #expect(gate.forget(request(7)) == false)
        #expect(gate.wire(2, request(7), again()) == .refuse(.expired))
        #expect(gate.wire(2, request(3), again()) == .refuse(.expired))
        #expect(gate.wire(2, request(7, of: 4), again()) == .run)
        #expect(gate.wire(3, request(8), again()) == .waiting)
    }

    @Test("a full window drops its oldest request, running and waiting ones do not count")
    func eviction() {
        var gate = TextGate(epoch: epoch(1), concurrent: true, limits: GateLimits(windowEntries: 2))
        for number in 1...3 as ClosedRange<UInt64> { #expect(gate.wire(number, request(number)) == .run) }
        #expect(gate.windowCount == 0)
        for number in [2, 1, 3] as [UInt64] { _ = gate.end(number) }
        #expect(gate.windowCount == 2)
        #expect(gate.wire(4, request(2), again()) == .refuse(.expired))
        #expect(gate.wire(4, request(1), again()) == .answer(reply(1)))
        #expect(gate.wire(4, request(3), again()) == .answer(reply(3)))
    }

    @Test("replies beyond the process's bytes are dropped, oldest first; that they were executed is kept")
    func replyBytes() {
        var gate = TextGate(epoch: epoch(1), limits: GateLimits(windowReplyBytes: 4))
        gate.run(1, request(1), reply(1, 1))
        gate.run(2, request(2), reply(2, 2))
        #expect(gate.replyBytes == 4)
        gate.run(3, request(3), reply(3))
        #expect(gate.replyBytes == 3)
        #expect(gate.wire(4, request(1), again()) == .refuse(.replyGone))
        #expect(gate.wire(4, request(2), again()) == .answer(reply(2, 2)))
        gate.run(4, request(4), reply(1, 2, 3, 4, 5))
        #expect(gate.wire(5, request(4), again()) == .refuse(.replyGone))
        #expect(gate.wire(5, request(3), again()) == .answer(reply(3)))
    }

    @Test("a reply that the node has no room for is dropped once, and forgetting it frees nothing more")
    func dropReply() {
        var gate = TextGate(epoch: epoch(1))
        gate.run(1, request(1), reply(1, 2, 3))
        #expect(gate.dropReply(to: request(1)) == 3)
        #expect(gate.dropReply(to: request(1)) == 0)
        #expect(gate.dropReply(to: request(2)) == 0)
        #expect(gate.wire(2, request(1), again()) == .refuse(.replyGone))
        #expect(gate.forget(request(1)) == true)
        #expect(gate.replyBytes == 0)
    }

    @Test("everything of a caller that left counts as forgotten once anything of it was, but not what is remembered")
    func callerLeft() {
        var gate = TextGate(epoch: epoch(1))
        gate.run(1, request(1))
        gate.run(2, request(2))
        _ = gate.forget(request(1))
        gate.callerLeft(request(1).caller)
        #expect(gate.wire(3, request(2), again()) == .answer(reply(2)))
        #expect(gate.wire(3, request(99), again()) == .refuse(.expired))
        #expect(gate.wire(3, request(99, of: 4), again()) == .run)
    }

    @Test("when there are too many callers, those without a mark count as forgotten, and the departed make room")
    func manyCallers() {
        var gate = TextGate(epoch: epoch(1), limits: GateLimits(windowCallers: 2))
        for caller in 1...2 as ClosedRange<UInt64> {
            gate.run(caller, request(1, of: caller))
            _ = gate.forget(request(1, of: caller))
        }
        #expect(gate.wire(3, request(5, of: 9), again()) == .run)
        _ = gate.end(3)
        gate.callerLeft(Incarnation(rawValue: 1))
        gate.run(4, request(1, of: 3))
        _ = gate.forget(request(1, of: 3))
        #expect(gate.copy()?.watermarks.map(\.caller.rawValue) == [2, 3])
        #expect(gate.wire(5, request(8, of: 1), again()) == .refuse(.expired))
        #expect(gate.wire(5, request(8, of: 7), again()) == .refuse(.expired))
        #expect(gate.wire(5, request(8, of: 3), again()) == .run)
    }

    @Test("a copy carries window, watermarks and line, and the activation that begins with it knows them all")
    func copies() throws {
        var gate = TextGate(epoch: epoch(1))
        for number in 1...3 as ClosedRange<UInt64> { gate.run(number, request(number)) }
        _ = gate.forget(request(1))
        _ = gate.dropReply(to: request(2))
        let copy = try #require(gate.copy())
        #expect(
            copy
                == GateCopy(
                    epoch: epoch(1), version: 3, since: epoch(1),
                    replies: [
                        RememberedReply(request: request(2), reply: .gone),
                        RememberedReply(request: request(3), reply: .whole(reply(3))),
                    ],
                    watermarks: [Watermark(caller: request(1).caller, sequence: 1)]))
        var next = TextGate(continuing: copy, under: epoch(2), as: .newLine)
        #expect(next.copy()?.replies == copy.replies)
        #expect(next.wire(4, request(1), again(1, hint: 2)) == .refuse(.expired))
        #expect(next.wire(4, request(2), again(1, hint: 2)) == .refuse(.replyGone))
        #expect(next.wire(4, request(3), again(1, hint: 2)) == .answer(reply(3)))
    }

    @Test("there is no copy while a turn runs")
    func noCopyInTurn() {
        var gate = TextGate(epoch: epoch(1))
        _ = gate.admitLocal(turn: turn(1), chain: [])
        #expect(gate.copy() == nil)
    }

    @Test("a copy with more requests than the limits allow is cut, oldest first, and leaves a mark")
    func longCopy() {
        let replies = (1...5 as ClosedRange<UInt64>).map { number in
            RememberedReply(request: request(number), reply: .whole(reply(1)))
        }
        let copy = GateCopy(epoch: epoch(1), version: 5, since: epoch(1), replies: replies + replies)
        var gate = TextGate(
            continuing: copy, under: epoch(2), as: .unbroken, limits: GateLimits(windowEntries: 2))
        #expect((gate.windowCount, gate.replyBytes) == (2, 2))
        #expect(gate.wire(1, request(3), again(1, hint: 2)) == .refuse(.expired))
    }
}
