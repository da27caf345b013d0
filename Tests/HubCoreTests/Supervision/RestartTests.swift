// SPDX-License-Identifier: Apache-2.0

import HubCore
import Testing

@Suite("RestartHistory")
struct RestartHistoryTests {
    let settings = RestartSettings()

    func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    @Test("the first restart does not wait, each further one waits twice as long, the sixth end is the last")
    func backoff() {
        var history = RestartHistory()
        let verdicts = (0..<6).map { history.ended(at: at($0 * 10), settings) }
        #expect(
            verdicts == [
                .restart(after: .zero), .restart(after: .milliseconds(50)), .restart(after: .milliseconds(100)),
                .restart(after: .milliseconds(200)), .restart(after: .milliseconds(400)), .quarantine(failures: 6),
            ])
    }

    @Test("ends that are further apart than the window never add up")
    func apart() {
        var history = RestartHistory()
        for turn in 0..<50 {
            #expect(history.ended(at: at(Int64(turn) * 10_001), settings) == .restart(after: .zero))
        }
    }

    @Test("the wait never exceeds the longest one")
    func longest() {
        var settings = settings
        settings.perChild = 60
        settings.childWindow = .seconds(1_000_000)
        var history = RestartHistory()
        for turn in 0..<60 {
            guard case .restart(let wait) = history.ended(at: at(Int64(turn)), settings) else {
                Issue.record("quarantined early")
                return
            }
            #expect(wait <= .seconds(5))
        }
    }

    @Test("after a quarantine the count begins anew")
    func afterQuarantine() {
        var history = RestartHistory()
        for _ in 0..<6 { _ = history.ended(at: at(0), settings) }
        #expect(history.isEmpty)
        #expect(history.ended(at: at(1), settings) == .restart(after: .zero))
    }
}

@Suite("RestartPace")
struct RestartPaceTests {
    @Test("a hundred restarts go at once, the others as the window moves on, and none is refused")
    func hundred() {
        var pace = RestartPace()
        let settings = RestartSettings()
        let start = Instant(nanoseconds: 1_000)
        let times = (0..<250).map { _ in pace.place(at: start, settings) }
        #expect(times.prefix(100).allSatisfy { $0 == start })
        #expect(times[100..<200].allSatisfy { $0 == start.advanced(by: .seconds(4)) })
        #expect(times[200...].allSatisfy { $0 == start.advanced(by: .seconds(8)) })
    }
}

@Suite("ExitVerdict")
struct ExitVerdictTests {
    @Test(
        "the policy decides what an end means",
        arguments: [
            (RestartPolicy.permanent, ExitReason.normal, ExitVerdict.restart),
            (.permanent, .failed("x"), .restart), (.transient, .normal, .endWish), (.transient, .failed("x"), .restart),
            (.temporary, .normal, .endWish), (.temporary, .failed("x"), .endWish),
        ])
    func verdicts(policy: RestartPolicy, reason: ExitReason, verdict: ExitVerdict) {
        #expect(ExitVerdict(policy, after: reason) == verdict)
    }
}
