// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Testing

/// A route of a host that is named like its letter.
private func at(_ node: NodeName, _ time: UInt64) -> Route { Route(node: node, epoch: epoch(time)) }
private func seconds(_ count: Double) -> Instant { Instant(nanoseconds: Int64(count * 1e9)) }
private let deadline = seconds(60)

private func first(_ node: NodeName, _ hint: UInt64, _ sending: UInt32) -> CallAction {
    .send(to: node, mode: .first(hint: epoch(hint)), sending: sending)
}

private func again(_ node: NodeName, _ firstHint: UInt64, _ hint: UInt64, _ sending: UInt32) -> CallAction {
    .send(to: node, mode: .again(first: epoch(firstHint), hint: epoch(hint)), sending: sending)
}

private func fail(_ code: HubError.Code, _ outcome: Outcome, cancel: NodeName? = nil) -> CallAction {
    .fail(code, outcome, cancel: cancel)
}

/// A call that was sent to A under epoch 1.
private func sentCall(idempotent: Bool = false) -> OutgoingCall {
    var call = OutgoingCall(request: request(1), deadline: deadline, isIdempotent: idempotent)
    #expect(call.begin(.route(at("A", 1)), at: .zero) == first("A", 1, 1))
    return call
}

/// The same after its connection was lost and it was sent again.
private func doubtfulCall(idempotent: Bool = false) -> OutgoingCall {
    var call = sentCall(idempotent: idempotent)
    #expect(call.connectionLost(sending: 1, at: seconds(1)) == again("A", 1, 1, 2))
    return call
}

@Suite("OutgoingCall: beginning")
struct OutgoingCallBeginTests {
    @Test("a call goes where the registry says, as a first")
    func route() {
        var call = sentCall()
        #expect(call.sentTo == "A")
        #expect(call.begin(.route(at("B", 2)), at: .zero) == .none)
        #expect(call.replied(epoch(1), sending: 1, at: .zero) == .deliver)
        #expect(call.isEnded)
        #expect(call.wakeAt == .distantFuture)
    }

    @Test("without a wish it fails at once, and was not executed")
    func unknownProcess() {
        var call = OutgoingCall(request: request(1), deadline: deadline)
        #expect(call.begin(.unknownProcess, at: .zero) == fail(.unknownProcess, .notExecuted))
    }

    @Test("without a host it waits for one until its deadline")
    func noHost() {
        var call = OutgoingCall(request: request(1), deadline: deadline)
        #expect(call.begin(.noHost, at: .zero) == .waitForRoute(above: .none))
        #expect(call.timePassed(at: seconds(59)) == .none)
        var other = call
        #expect(other.routeChanged(.route(at("A", 1)), at: seconds(59)) == first("A", 1, 1))
        #expect(call.wakeAt == deadline)
        #expect(call.timePassed(at: deadline) == fail(.deadlineExceeded, .notExecuted))
        #expect(call.routeChanged(.route(at("A", 1)), at: deadline) == .none)
    }

    @Test("it ends when the wish goes while it waits")
    func stoppedWhileWaiting() {
        var call = OutgoingCall(request: request(1), deadline: deadline)
        _ = call.begin(.noHost, at: .zero)
        #expect(call.routeChanged(.unknownProcess, at: .zero) == fail(.unknownProcess, .notExecuted))
    }

    @Test("a route below what this node has seen is not taken")
    func neverBack() {
        var call = OutgoingCall(request: request(1), deadline: deadline, seen: epoch(5))
        #expect(call.begin(.route(at("A", 4)), at: .zero) == .waitForRoute(above: .none))
        #expect(call.routeChanged(.route(at("A", 3)), at: .zero) == .none)
        #expect(call.routeChanged(.route(at("B", 5)), at: .zero) == first("B", 5, 1))
    }

    @Test("a call whose deadline has passed is never sent")
    func late() {
        var call = OutgoingCall(request: request(1), deadline: .zero)
        #expect(call.begin(.route(at("A", 1)), at: .zero) == fail(.deadlineExceeded, .notExecuted))
    }
}

@Suite("OutgoingCall: sending")
struct OutgoingCallSendingTests {
    @Test("what was never written was not executed: it waits for a link and goes as a first")
    func noLink() {
        var call = sentCall()
        #expect(call.notSent(.noLink, sending: 1) == .waitForLink("A"))
        #expect(call.linkUp("B", at: .zero) == .none)
        #expect(call.linkUp("A", at: .zero) == first("A", 1, 2))
        #expect(call.notSent(.noLink, sending: 1) == .none)
        #expect(call.notSent(.overloaded, sending: 2) == fail(.overloaded, .notExecuted))
    }

    @Test(
        "a sending that finds no room says nothing about an earlier one",
        arguments: [
            (.overloaded, .overloaded), (.tooLarge, .tooLarge),
        ] as [(NotSent, HubError.Code)])
    func noRoom(reason: NotSent, code: HubError.Code) {
        var call = sentCall()
        #expect(call.notSent(reason, sending: 1) == fail(code, .notExecuted))
        var doubtful = doubtfulCall()
        #expect(doubtful.notSent(reason, sending: 2) == fail(code, .unknown))
    }

    @Test("a call that waits is not told to wait again")
    func waitsOnce() {
        var call = OutgoingCall(request: request(1), deadline: deadline)
        #expect(call.begin(.noHost, at: .zero) == .waitForRoute(above: .none))
        #expect(call.routeChanged(.noHost, at: .zero) == .none)
    }

    @Test("while it waits for a link, a higher route is taken instead, a lower one is not")
    func otherRoute() {
        var call = sentCall()
        _ = call.notSent(.noLink, sending: 1)
        #expect(call.routeChanged(.route(at("C", 0)), at: .zero) == .none)
        #expect(call.routeChanged(.route(at("B", 2)), at: .zero) == first("B", 2, 2))
    }

    @Test("a lost connection leaves doubt: it goes again, naming the epoch of the first doubtful sending for ever")
    func lost() {
        var call = doubtfulCall()
        #expect(call.routeChanged(.route(at("B", 2)), at: seconds(1)) == .none)
        #expect(call.connectionLost(sending: 2, at: seconds(2)) == again("B", 1, 2, 3))
        #expect(call.connectionLost(sending: 3, at: seconds(2)) == again("B", 1, 2, 4))
        #expect(call.notSent(.noLink, sending: 4) == .waitForLink("B"))
        #expect(call.linkUp("B", at: seconds(2)) == again("B", 1, 2, 5))
        #expect(call.refused(.redirect(at("C", 3)), sending: 5, at: seconds(2)) == again("C", 1, 3, 6))
    }

    @Test("doubt begins with the first sending that was not answered, not with those that were")
    func doubtBegins() {
        var call = sentCall()
        #expect(call.refused(.redirect(at("B", 2)), sending: 1, at: .zero) == first("B", 2, 2))
        #expect(call.connectionLost(sending: 2, at: .zero) == again("B", 2, 2, 3))
    }

    @Test("an again goes out at most one call deadline after the first doubtful sending")
    func againTime() {
        var call = doubtfulCall()
        _ = call.notSent(.noLink, sending: 2)
        #expect(call.wakeAt == Instant.zero.advanced(by: Limits.callDeadline))
        var late = call
        #expect(call.linkUp("A", at: seconds(5)) == again("A", 1, 1, 3))
        #expect(call.timePassed(at: seconds(6)) == .none)
        #expect(late.linkUp("A", at: seconds(5.1)) == fail(.connectionLost, .unknown))
        var waiting = doubtfulCall()
        _ = waiting.notSent(.noLink, sending: 2)
        #expect(waiting.timePassed(at: waiting.wakeAt) == fail(.connectionLost, .unknown))
    }

    @Test("what an older sending or its connection says is recognised")
    func oldAnswers() {
        var call = doubtfulCall()
        let before = call
        #expect(call.connectionLost(sending: 1, at: .zero) == .none)
        #expect(call.refused(.redirect(at("B", 2)), sending: 1, at: .zero) == .none)
        #expect(call.failed(.unknown, epoch: epoch(1), sending: 1, at: .zero) == .none)
        #expect(call.replied(epoch(1), sending: 3, at: .zero) == .none)
        #expect(call == before)
        #expect(call.replied(epoch(1), sending: 1, at: .zero) == .deliver)
    }

    @Test("a reply of a lower epoch than was seen is ignored, and the request goes again to the higher one")
    func lowReply() {
        var call = sentCall()
        _ = call.routeChanged(.route(at("B", 2)), at: .zero)
        #expect(call.replied(epoch(1), sending: 1, at: .zero) == again("B", 1, 2, 2))
        #expect(call.replied(epoch(2), sending: 2, at: .zero) == .deliver)
    }
}

@Suite("OutgoingCall: refusals")
struct OutgoingCallRefusalTests {
    @Test(
        "what a refusal says about a first and about an again",
        arguments: [
            (.overloaded, fail(.overloaded, .notExecuted), fail(.overloaded, .unknown)),
            (.stopped, fail(.processStopped, .notExecuted), fail(.processStopped, .unknown)),
            (.deadlinePassed, fail(.deadlineExceeded, .notExecuted), fail(.deadlineExceeded, .unknown)),
            (.cancelled, fail(.cancelled, .notExecuted), fail(.cancelled, .unknown)),
            (.partitioned, fail(.partitioned, .notExecuted), fail(.partitioned, .unknown)),
            (.expired, fail(.expired, .unknown), fail(.expired, .unknown)),
            (.unknown, fail(.connectionLost, .unknown), fail(.connectionLost, .unknown)),
            (.replyGone, fail(.replyGone, .executed), fail(.replyGone, .executed)),
            (.notHere, .waitForRoute(above: epoch(1)), .waitForRoute(above: epoch(1))),
            (.stale(own: epoch(0)), .waitForRoute(above: epoch(1)), .waitForRoute(above: epoch(1))),
        ] as [(Refusal, CallAction, CallAction)])
    func refusals(refusal: Refusal, toFirst: CallAction, toAgain: CallAction) {
        var call = sentCall()
        #expect(call.refused(refusal, sending: 1, at: .zero) == toFirst)
        var doubtful = doubtfulCall()
        #expect(doubtful.refused(refusal, sending: 2, at: seconds(1)) == toAgain)
    }

    @Test(
        "an error that came as an answer keeps its outcome, unless an earlier sending is in doubt",
        arguments: [
            (.executed, .deliver, .deliver),
            (.unknown, .deliverFailure(.unknown), .deliverFailure(.unknown)),
            (.notExecuted, .deliverFailure(.notExecuted), .deliverFailure(.unknown)),
        ] as [(Outcome, CallAction, CallAction)])
    func failures(outcome: Outcome, ofFirst: CallAction, ofAgain: CallAction) {
        var call = sentCall()
        #expect(call.failed(outcome, epoch: epoch(1), sending: 1, at: .zero) == ofFirst)
        var doubtful = doubtfulCall()
        #expect(doubtful.failed(outcome, epoch: epoch(1), sending: 2, at: .zero) == ofAgain)
    }

    @Test("not here: it waits for an entry above the one it tried, or goes there at once if there is one")
    func notHere() {
        var call = sentCall()
        var informed = call
        #expect(call.refused(.notHere, sending: 1, at: .zero) == .waitForRoute(above: epoch(1)))
        #expect(call.routeChanged(.route(at("A", 1)), at: .zero) == .none)
        #expect(call.routeChanged(.route(at("B", 2)), at: .zero) == first("B", 2, 2))
        _ = informed.routeChanged(.route(at("B", 2)), at: .zero)
        #expect(informed.refused(.notHere, sending: 1, at: .zero) == first("B", 2, 2))
    }

    @Test("a redirect outranks a lower entry of the registry, a higher entry outranks the redirect")
    func hints() {
        var call = sentCall()
        _ = call.routeChanged(.route(at("C", 2)), at: .zero)
        #expect(call.refused(.redirect(at("B", 3)), sending: 1, at: .zero) == first("B", 3, 2))
        #expect(call.refused(.redirect(at("A", 4)), sending: 2, at: .zero) == first("A", 4, 3))
        _ = call.routeChanged(.route(at("C", 6)), at: .zero)
        #expect(call.refused(.redirect(at("B", 5)), sending: 3, at: .zero) == first("C", 6, 4))
    }

    @Test("a redirect below what was seen is not followed")
    func redirectBack() {
        var call = OutgoingCall(request: request(1), deadline: deadline)
        _ = call.begin(.route(at("A", 5)), at: .zero)
        #expect(call.refused(.redirect(at("B", 4)), sending: 1, at: .zero) == .waitForRoute(above: epoch(5)))
    }

    @Test("two nodes that redirect to each other are left after three redirects, until the registry knows more")
    func redirectLoop() {
        var call = sentCall()
        #expect(call.refused(.redirect(at("B", 1)), sending: 1, at: .zero) == first("B", 1, 2))
        #expect(call.refused(.redirect(at("A", 1)), sending: 2, at: .zero) == first("A", 1, 3))
        #expect(call.refused(.redirect(at("B", 1)), sending: 3, at: .zero) == first("B", 1, 4))
        #expect(call.refused(.redirect(at("A", 1)), sending: 4, at: .zero) == .waitForRoute(above: epoch(1)))
        #expect(call.routeChanged(.route(at("B", 1)), at: .zero) == .none)
        #expect(call.routeChanged(.route(at("B", 2)), at: .zero) == first("B", 2, 5))
        #expect(call.refused(.redirect(at("A", 3)), sending: 5, at: .zero) == first("A", 3, 6))
    }
}

@Suite("OutgoingCall: ends")
struct OutgoingCallEndTests {
    @Test("a cancelled call that was never sent was not executed")
    func cancelledEarly() {
        var call = OutgoingCall(request: request(1), deadline: deadline)
        _ = call.begin(.noHost, at: .zero)
        #expect(call.cancelled() == fail(.cancelled, .notExecuted))
        #expect(call.cancelled() == .none)
    }

    @Test("one that was sent may have been executed, and its node is told to cancel")
    func cancelledLate() {
        var call = sentCall()
        #expect(call.cancelled() == fail(.cancelled, .unknown, cancel: "A"))
        #expect(call.replied(epoch(1), sending: 1, at: .zero) == .none)
    }

    @Test("one that waits after a doubtful sending may have been executed")
    func cancelledInDoubt() {
        var call = doubtfulCall()
        _ = call.notSent(.noLink, sending: 2)
        #expect(call.cancelled() == fail(.cancelled, .unknown))
    }

    @Test("a sending gets a moment beyond the deadline, in which its host can say that it was not executed")
    func grace() {
        var call = sentCall()
        #expect(call.wakeAt == deadline.advanced(by: Limits.answerGrace))
        #expect(call.timePassed(at: deadline) == .none)
        var answered = call
        #expect(answered.refused(.deadlinePassed, sending: 1, at: deadline) == fail(.deadlineExceeded, .notExecuted))
        var lost = call
        #expect(lost.connectionLost(sending: 1, at: deadline) == fail(.deadlineExceeded, .unknown))
        #expect(call.timePassed(at: call.wakeAt) == fail(.deadlineExceeded, .unknown, cancel: "A"))
    }

    @Test("nothing happens any more once it ended")
    func ended() {
        var call = sentCall()
        _ = call.replied(epoch(1), sending: 1, at: .zero)
        let end = call
        #expect(call.routeChanged(.route(at("B", 2)), at: .zero) == .none)
        #expect(call.linkUp("A", at: .zero) == .none)
        #expect(call.connectionLost(sending: 1, at: .zero) == .none)
        #expect(call.timePassed(at: .distantFuture) == .none)
        #expect(call.refused(.overloaded, sending: 1, at: .zero) == .none)
        #expect((call.isEnded, end.isEnded) == (true, true))
    }
}

@Suite("OutgoingCall: methods that may be executed twice")
struct OutgoingCallRepeatTests {
    @Test("a doubtful end becomes a new request, sent as a first", arguments: [Refusal.expired, .unknown, .replyGone])
    func repeats(refusal: Refusal) {
        var call = doubtfulCall(idempotent: true)
        #expect(call.refused(refusal, sending: 2, at: seconds(1)) == .repeatRequest)
        #expect(call.routeChanged(.route(at("A", 1)), at: seconds(1)) == .none)
        #expect(call.repeated(as: request(2), at: seconds(1)) == first("A", 1, 3))
        #expect(call.request == request(2))
    }

    @Test("after a repetition nobody says not executed any more")
    func outcome() {
        var call = doubtfulCall(idempotent: true)
        _ = call.refused(.expired, sending: 2, at: .zero)
        _ = call.repeated(as: request(2), at: .zero)
        #expect(call.refused(.overloaded, sending: 3, at: .zero) == fail(.overloaded, .unknown))
    }

    @Test("when the time for an again is over, a new request waits where the old one did")
    func afterTime() {
        var call = doubtfulCall(idempotent: true)
        #expect(call.refused(.notHere, sending: 2, at: seconds(2)) == .waitForRoute(above: epoch(1)))
        #expect(call.timePassed(at: call.wakeAt) == .repeatRequest)
        #expect(call.repeated(as: request(2), at: seconds(5)) == .waitForRoute(above: epoch(1)))
        #expect(call.wakeAt == deadline)
        #expect(call.routeChanged(.route(at("B", 2)), at: seconds(6)) == first("B", 2, 3))
    }

    @Test("it is repeated a few times, and not beyond the deadline")
    func bounded() {
        var call = sentCall(idempotent: true)
        for count in 1...UInt64(Limits.repeatedRequests) {
            #expect(call.refused(.expired, sending: UInt32(count), at: .zero) == .repeatRequest)
            #expect(call.repeated(as: request(count + 1), at: .zero) == first("A", 1, UInt32(count) + 1))
        }
        #expect(call.refused(.expired, sending: call.sending, at: .zero) == fail(.expired, .unknown))
        var late = sentCall(idempotent: true)
        _ = late.refused(.expired, sending: 1, at: .zero)
        #expect(late.repeated(as: request(2), at: deadline) == fail(.deadlineExceeded, .unknown))
    }
}
