// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Testing

/// A gate whose waiters are texts.
typealias TextGate = Gate<String>

func epoch(_ time: UInt64) -> Epoch { Epoch(Stamp(time: time, incarnation: Incarnation(rawValue: 1))) }
func turn(_ sequence: UInt64) -> TurnID { TurnID(incarnation: Incarnation(rawValue: 2), sequence: sequence) }
func request(_ sequence: UInt64, of caller: UInt64 = 3) -> RequestID {
    RequestID(caller: Incarnation(rawValue: caller), sequence: sequence)
}
func reply(_ bytes: UInt8...) -> StoredReply { StoredReply(bytes: bytes, isFailure: false) }
let elsewhere = Route(node: "elsewhere", epoch: epoch(9))

extension Gate where Waiter == String {
    /// A call from this node that has to wait.
    mutating func local(_ number: UInt64, chain: [TurnID] = [], hint: Epoch = .none) -> Admission {
        arrive(
            Arrival(
                turn: turn(number), source: .local(hint: hint), chain: chain, deadline: .distantFuture,
                waiter: "local \(number)"),
            at: .zero)
    }

    mutating func wire(
        _ number: UInt64, _ request: RequestID, _ mode: CallMode = .first(hint: HubCoreTests.epoch(1)),
        chain: [TurnID] = [], deadline: Instant = .distantFuture
    ) -> Admission {
        arrive(
            Arrival(
                turn: turn(number), source: .wire(request, mode), chain: chain, deadline: deadline,
                waiter: "wire \(number)"),
            at: .zero)
    }

    /// A call that comes, runs and ends.
    mutating func run(_ number: UInt64, _ request: RequestID, _ answer: StoredReply? = nil) {
        #expect(wire(number, request, .first(hint: epoch)) == .run)
        _ = finish(turn(number), reply: answer ?? reply(UInt8(number)))
    }

    mutating func end(_ number: UInt64) -> FollowUp<String>? {
        guard case .follow(let next) = finish(turn(number), reply: reply(UInt8(number))) else { return nil }
        return next
    }
}

extension FollowUp where Waiter == String {
    var started: [String] { starts.map(\.waiter) }
}

@Suite("Gate: turns")
struct GateTurnTests {
    @Test("a call from this node runs at once and nobody follows it")
    func localCall() {
        var gate = TextGate(epoch: epoch(1))
        #expect(gate.admitLocal(turn: turn(1), chain: []) == .run)
        #expect(gate.runningTurns == [turn(1)])
        #expect(gate.finish(turn(1)) == .idle)
        #expect(gate.version == 1)
        #expect(gate.isQuiet)
    }

    @Test("one turn at a time: the others run in the order they came, from wherever")
    func oneAtATime() {
        var gate = TextGate(epoch: epoch(1))
        #expect(gate.admitLocal(turn: turn(1), chain: []) == .run)
        #expect(gate.admitLocal(turn: turn(2), chain: []) == .wait)
        #expect(gate.local(2) == .waiting)
        #expect(gate.wire(3, request(1)) == .waiting)
        #expect(gate.local(4) == .waiting)
        #expect(gate.end(1)?.started == ["local 2"])
        #expect(gate.end(2)?.starts == [TurnStart(turn: turn(3), request: request(1), waiter: "wire 3")])
        #expect(gate.end(3)?.started == ["local 4"])
        #expect(gate.end(4) == nil)
        #expect(gate.version == 4)
    }

    @Test("a waiting call runs at once if the turn before it ended between the two steps of its arrival")
    func arrivesLate() {
        var gate = TextGate(epoch: epoch(1))
        _ = gate.admitLocal(turn: turn(1), chain: [])
        #expect(gate.admitLocal(turn: turn(2), chain: []) == .wait)
        _ = gate.finish(turn(1))
        #expect(gate.local(2) == .run)
    }

    @Test("a concurrent kind runs its calls beside each other")
    func concurrent() {
        var gate = TextGate(epoch: epoch(1), concurrent: true)
        #expect(gate.admitLocal(turn: turn(1), chain: []) == .run)
        #expect(gate.wire(2, request(1)) == .run)
        #expect(gate.runningCount == 2)
        #expect(gate.seal() == false)
        #expect(gate.local(3) == .waiting)
        #expect(gate.local(4) == .waiting)
        #expect(gate.end(1)?.isSealed == false)
        #expect(gate.end(2)?.isSealed == true)
        #expect(gate.open().map(\.waiter) == ["local 3", "local 4"])
        #expect(gate.runningCount == 2)
    }

    @Test("the end of a turn that does not run changes nothing")
    func unknownTurn() {
        var gate = TextGate(epoch: epoch(1))
        #expect(gate.finish(turn(1), reply: reply(1)) == .idle)
        #expect(gate == TextGate(epoch: epoch(1)))
    }

    @Test("a full mailbox and a full park refuse, for a concurrent kind its running turns count")
    func bounds() {
        let limits = GateLimits(mailbox: 2, parked: 1)
        var gate = TextGate(epoch: epoch(1), limits: limits)
        _ = gate.admitLocal(turn: turn(1), chain: [])
        #expect([gate.local(2), gate.local(3), gate.local(4)] == [.waiting, .waiting, .refuse(.overloaded)])
        #expect(gate.wire(5, request(1)) == .refuse(.overloaded))
        var held = TextGate(epoch: epoch(1), held: true, limits: limits)
        #expect([held.local(1), held.local(2)] == [.waiting, .refuse(.overloaded)])
        var concurrent = TextGate(epoch: epoch(1), concurrent: true, limits: limits)
        #expect([concurrent.local(1), concurrent.local(2), concurrent.local(3)] == [.run, .run, .refuse(.overloaded)])
        #expect(concurrent.admitLocal(turn: turn(3), chain: []) == .refuse(.overloaded))
    }

    @Test("a call that expects a higher epoch is refused as stale, one that expects a lower one is served")
    func stale() {
        var gate = TextGate(epoch: epoch(2))
        #expect(gate.admitLocal(turn: turn(1), chain: [], hint: epoch(3)) == .refuse(.stale(own: epoch(2))))
        #expect(gate.local(1, hint: epoch(3)) == .refuse(.stale(own: epoch(2))))
        #expect(gate.wire(1, request(1), .first(hint: epoch(3))) == .refuse(.stale(own: epoch(2))))
        #expect(gate.admitLocal(turn: turn(1), chain: [], hint: epoch(1)) == .run)
    }

    @Test("a call whose deadline has passed is not taken in, one that was executed is answered all the same")
    func lateArrival() {
        var gate = TextGate(epoch: epoch(1))
        #expect(gate.wire(1, request(1), deadline: .zero) == .refuse(.deadlinePassed))
        gate.run(2, request(1))
        #expect(gate.wire(3, request(1), .again(first: epoch(1), hint: epoch(1)), deadline: .zero) == .answer(reply(2)))
    }
}

@Suite("Gate: call chains")
struct GateChainTests {
    @Test("a call of a running turn's chain passes the gate, any other waits")
    func passesGate() {
        var gate = TextGate(epoch: epoch(1))
        _ = gate.admitLocal(turn: turn(1), chain: [])
        #expect(gate.admitLocal(turn: turn(2), chain: [turn(8), turn(1)]) == .run)
        #expect(gate.admitLocal(turn: turn(3), chain: [turn(8)]) == .wait)
        #expect(gate.wire(4, request(1), chain: [turn(2)]) == .run)
        #expect(gate.runningTurns == [turn(1), turn(2), turn(4)])
    }

    @Test("it passes the seal too, and the seal is complete when all of them have ended")
    func passesSeal() {
        var gate = TextGate(epoch: epoch(1))
        _ = gate.admitLocal(turn: turn(1), chain: [])
        #expect(gate.seal() == false)
        #expect(gate.admitLocal(turn: turn(2), chain: [turn(1)]) == .run)
        #expect(gate.local(3) == .waiting)
        #expect(gate.end(2)?.isSealed == false)
        #expect(gate.end(1) == FollowUp(answers: [], starts: [], isSealed: true))
        #expect(gate.isSealed)
        #expect(gate.admitLocal(turn: turn(4), chain: [turn(1)]) == .wait)
    }

    @Test("a turn that ended gives no pass any more")
    func ended() {
        var gate = TextGate(epoch: epoch(1))
        _ = gate.admitLocal(turn: turn(1), chain: [])
        _ = gate.finish(turn(1))
        _ = gate.admitLocal(turn: turn(2), chain: [])
        #expect(gate.admitLocal(turn: turn(3), chain: [turn(1)]) == .wait)
    }

    @Test("an inner turn that outlives the outer one keeps the next call waiting")
    func innerOutlives() {
        var gate = TextGate(epoch: epoch(1))
        _ = gate.admitLocal(turn: turn(1), chain: [])
        _ = gate.admitLocal(turn: turn(2), chain: [turn(1)])
        #expect(gate.local(3) == .waiting)
        #expect(gate.end(1)?.started == [])
        #expect(gate.end(2)?.started == ["local 3"])
    }
}

@Suite("Gate: seal, move, stop")
struct GatePhaseTests {
    @Test("a seal on an idle gate is complete at once, and opening lets the parked calls run")
    func sealAndOpen() {
        var gate = TextGate(epoch: epoch(1))
        #expect(gate.seal() == true)
        #expect(gate.wire(1, request(1)) == .waiting)
        #expect(gate.local(2) == .waiting)
        #expect(gate.open().map(\.waiter) == ["wire 1"])
        #expect(gate.end(1)?.started == ["local 2"])
    }

    @Test("a held gate lets calls wait until it opens")
    func held() {
        var gate = TextGate(epoch: epoch(1), held: true)
        #expect(!gate.isOpen)
        #expect(gate.admitLocal(turn: turn(1), chain: []) == .wait)
        #expect(gate.local(1) == .waiting)
        #expect(gate.open().map(\.waiter) == ["local 1"])
        #expect(gate.isOpen)
    }

    @Test("after a redirect nobody is left in the park and everybody is sent on, whatever the sending")
    func redirect() {
        var gate = TextGate(epoch: epoch(1))
        gate.run(1, request(1))
        _ = gate.seal()
        _ = gate.local(2)
        _ = gate.wire(3, request(2))
        _ = gate.wire(4, request(2), .again(first: epoch(1), hint: epoch(1)))
        #expect(gate.redirect(to: elsewhere) == ["local 2", "wire 3", "wire 4"])
        #expect(gate.waitingCount == 0)
        #expect(gate.movedTo == elsewhere)
        #expect(gate.admitLocal(turn: turn(5), chain: []) == .refuse(.redirect(elsewhere)))
        #expect(gate.wire(5, request(1), .again(first: epoch(1), hint: epoch(1))) == .refuse(.redirect(elsewhere)))
        #expect(gate.wire(6, request(3), .first(hint: epoch(12))) == .refuse(.redirect(elsewhere)))
        #expect(gate.open() == [])
        #expect(gate.stop() == Stopped(refused: [], cancelled: []))
        #expect(gate.movedTo == elsewhere)
    }

    @Test("no redirect while a turn runs or the gate is open")
    func redirectTooEarly() {
        var gate = TextGate(epoch: epoch(1))
        #expect(gate.redirect(to: elsewhere) == nil)
        _ = gate.admitLocal(turn: turn(1), chain: [])
        _ = gate.seal()
        #expect(gate.redirect(to: elsewhere) == nil)
        _ = gate.finish(turn(1))
        #expect(gate.redirect(to: elsewhere) == [])
    }

    @Test("a stop refuses what waits, names what runs, and lets it end")
    func stop() {
        var gate = TextGate(epoch: epoch(1))
        _ = gate.wire(1, request(1))
        _ = gate.local(2)
        _ = gate.wire(3, request(1), .again(first: epoch(1), hint: epoch(1)))
        #expect(gate.stop() == Stopped(refused: ["local 2"], cancelled: [turn(1)]))
        #expect(gate.isStopped)
        #expect(gate.admitLocal(turn: turn(4), chain: []) == .refuse(.stopped))
        #expect(gate.wire(4, request(2)) == .refuse(.stopped))
        #expect(gate.end(1)?.answers == ["wire 3"])
        #expect(gate.wire(5, request(1), .again(first: epoch(1), hint: epoch(1))) == .answer(reply(1)))
        #expect(gate.seal() == false)
    }

    @Test("a chain of a running turn does not pass a stop")
    func chainAfterStop() {
        var gate = TextGate(epoch: epoch(1))
        _ = gate.admitLocal(turn: turn(1), chain: [])
        _ = gate.stop()
        #expect(gate.admitLocal(turn: turn(2), chain: [turn(1)]) == .refuse(.stopped))
    }

    @Test("a higher epoch is taken in place, with the old line or a new one; a lower one is ignored")
    func takesEpoch() {
        var gate = TextGate(epoch: epoch(2))
        gate.take(epoch(1), as: .newLine)
        #expect(gate.epoch == epoch(2))
        gate.take(epoch(3), as: .unbroken)
        #expect((gate.epoch, gate.since) == (epoch(3), epoch(2)))
        #expect(gate.wire(1, request(1), .again(first: epoch(2), hint: epoch(3))) == .run)
        gate.take(epoch(4), as: .newLine)
        #expect((gate.epoch, gate.since) == (epoch(4), epoch(4)))
        #expect(gate.wire(2, request(2), .again(first: epoch(3), hint: epoch(4))) == .refuse(.unknown))
    }
}

@Suite("Gate: calls that are withdrawn")
struct GateWithdrawalTests {
    @Test("a call that waits leaves the queue, those behind it stay in order")
    func waits() {
        var gate = TextGate(epoch: epoch(1))
        _ = gate.admitLocal(turn: turn(1), chain: [])
        _ = (gate.local(2), gate.wire(3, request(1)), gate.local(4))
        #expect(gate.withdraw(turn(2)) == Withdrawal(refused: ["local 2"], cancelled: nil))
        #expect(gate.withdraw(turn(3), of: request(1)) == Withdrawal(refused: ["wire 3"], cancelled: nil))
        #expect(gate.end(1)?.started == ["local 4"])
        #expect(gate.wire(5, request(1)) == .waiting)
    }

    @Test("one that was answered already is not withdrawn again")
    func gone() {
        var gate = TextGate(epoch: epoch(1))
        gate.run(1, request(1))
        let nothing = Withdrawal<String>(refused: [], cancelled: nil)
        #expect(gate.withdraw(turn(1), of: request(1)) == nothing)
        #expect(gate.withdraw(turn(1)) == nothing)
    }

    @Test("one that runs is cancelled, ends by itself and is remembered")
    func runs() {
        var gate = TextGate(epoch: epoch(1))
        _ = gate.wire(1, request(1))
        #expect(gate.withdraw(turn(1), of: request(1)) == Withdrawal(refused: [], cancelled: turn(1)))
        #expect(gate.end(1) == nil)
        #expect(gate.wire(2, request(1), .again(first: epoch(1), hint: epoch(1))) == .answer(reply(1)))
    }

    @Test("an older sending that goes leaves the request to the newer one, in its place in the queue")
    func olderGoes() {
        var gate = TextGate(epoch: epoch(1))
        _ = gate.admitLocal(turn: turn(1), chain: [])
        _ = gate.wire(2, request(1))
        _ = gate.local(3)
        #expect(gate.wire(4, request(1), .again(first: epoch(1), hint: epoch(1))) == .joined)
        #expect(gate.withdraw(turn(2), of: request(1)) == Withdrawal(refused: ["wire 2"], cancelled: nil))
        #expect(gate.end(1)?.starts == [TurnStart(turn: turn(4), request: request(1), waiter: "wire 4")])
        #expect(
            gate.end(4)
                == FollowUp(
                    answers: [],
                    starts: [
                        TurnStart(turn: turn(3), request: nil, waiter: "local 3")
                    ], isSealed: false))
    }

    @Test("the newest sending decides: with it the whole request leaves")
    func newestGoes() {
        var gate = TextGate(epoch: epoch(1))
        _ = gate.admitLocal(turn: turn(1), chain: [])
        let again = CallMode.again(first: epoch(1), hint: epoch(1))
        _ = (gate.wire(2, request(1)), gate.wire(3, request(1), again), gate.wire(4, request(1), again))
        #expect(gate.withdraw(turn(3), of: request(1)) == Withdrawal(refused: ["wire 3"], cancelled: nil))
        #expect(gate.withdraw(turn(4), of: request(1)) == Withdrawal(refused: ["wire 2", "wire 4"], cancelled: nil))
        #expect(gate.waitingCount == 0)
        #expect(gate.end(1) == nil)
    }

    @Test("of a request that runs, the newest sending cancels the turn and an older one does not")
    func runningWithJoined() {
        var gate = TextGate(epoch: epoch(1))
        let again = CallMode.again(first: epoch(1), hint: epoch(1))
        _ = (gate.wire(1, request(1)), gate.wire(2, request(1), again))
        #expect(gate.withdraw(turn(1), of: request(1)) == Withdrawal(refused: [], cancelled: nil))
        #expect(gate.withdraw(turn(2), of: request(1)) == Withdrawal(refused: ["wire 2"], cancelled: turn(1)))
        #expect(gate.wire(3, request(1), again) == .joined)
        #expect(gate.end(1)?.answers == ["wire 3"])
    }
}
