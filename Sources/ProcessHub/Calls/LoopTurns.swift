// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import Logging
internal import Synchronization

// Turns that run on the event loop that brought their calls: no thread is woken for the turn, and none for its reply.

extension CallDriver {
    /// A task for the turns of one connection.
    func loopSeat() -> LoopSeat {
        LoopSeat {
            await self.execute($0, isMeasured: false)
        } then: {
            self.run($0)
        }
    }

    /// Runs a turn at once, and those that begin when it ends, while their methods have shown that their turns are short
    /// and the loop has time.
    ///
    /// Neither a deadline nor a cancellation is prepared for, unless a turn goes on elsewhere: both would be read by
    /// this very loop.
    ///
    /// - Returns: `false` if not even the first turn has begun.
    func runOnLoop(_ first: WireCall, at now: Instant) -> Bool {
        guard case .session(let session) = first.origin, let seat = session.loopSeat else { return false }
        var (call, start, isFirst) = (first, now, true)
        while call.method.pace.withLock({ $0.isProven }), session.connection.allowance.begin() {
            let outcome = seat.run(call)
            let end = Clock.elapsed()
            let time = session.connection.allowance.end(after: start.duration(to: end))
            switch outcome {
            case .refused:
                if !isFirst { run(call) }
                return !isFirst
            case .left:
                left(call, seat, session, after: time, at: end)
                return true
            case .ended(let next):
                note(call.method.pace.withLock { $0.ranOnLoop(for: time, at: end) }, call, time)
                guard let next else { return true }
                (call, start, isFirst) = (next, end, false)
            }
        }
        if !isFirst { run(call) }
        return !isFirst
    }

    /// Runs a turn where it is cheapest, after others of its process.
    func goOn(with call: WireCall) {
        guard case .session(let session) = call.origin, session.loopSeat != nil,
            call.method.pace.withLock({ $0.isProven })
        else { return run(call) }
        session.connection.allowance.whenFree {
            if !self.runOnLoop(call, at: Clock.elapsed()) { self.run(call) }
        }
    }

    /// A turn began on a loop and goes on elsewhere: from now on it can be cancelled.
    private func left(
        _ call: WireCall, _ seat: LoopSeat, _ session: PeerSession, after time: Duration, at now: Instant
    ) {
        note(call.method.pace.withLock { $0.ranOnLoop(for: time, at: now) ?? $0.leftLoop() }, call, time)
        seat.train.takes(call)
        own(call, on: seat.train)
        track(call)
        session.take(loopSeat())
    }

    private func note(_ demotion: TurnPace.Demotion?, _ call: WireCall, _ time: Duration) {
        guard let demotion, demotion != .measured else { return }
        meters.count(.demotedMethod)
        logger.debug(
            "a turn held up an event loop",
            metadata: [
                "method": "\(call.method.kind).\(call.method.name)", "time": "\(time)",
                "again": demotion == .barred ? "never" : "after \(Limits.slowTurnRest)",
            ])
    }
}
