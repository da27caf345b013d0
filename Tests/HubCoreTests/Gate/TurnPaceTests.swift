// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Testing

@Suite("TurnPace")
struct TurnPaceTests {
    private let quick = Duration.microseconds(3)
    private let now = Instant(nanoseconds: 1_000_000_000)

    private func run(_ count: Int, _ time: Duration, of pace: inout TurnPace) {
        for _ in 0..<count { pace.ranElsewhere(for: time, at: now) }
    }

    @Test("a method that was never measured is not proven")
    func unknown() {
        #expect(!TurnPace().isProven)
    }

    @Test("so many short turns prove a method, not one fewer")
    func proof() {
        var pace = TurnPace()
        run(Limits.provenTurns - 1, quick, of: &pace)
        #expect(!pace.isProven)
        run(1, quick, of: &pace)
        #expect(pace.isProven)
        #expect(pace == .proven)
    }

    @Test("a turn that is not short costs what several short ones earned, the more the longer it was")
    func interrupted() {
        var pace = TurnPace()
        run(Limits.provenTurns - 1, quick, of: &pace)
        run(1, Limits.shortTurn * 3, of: &pace)
        run(3 * Limits.longTurnCost, quick, of: &pace)
        #expect(!pace.isProven)
        run(1, quick, of: &pace)
        #expect(pace.isProven)
    }

    @Test("a turn that would have held up a loop begins the count anew")
    func begunAnew() {
        var pace = TurnPace()
        run(Limits.provenTurns - 1, quick, of: &pace)
        run(1, Limits.slowTurn, of: &pace)
        run(Limits.provenTurns - 1, quick, of: &pace)
        #expect(!pace.isProven)
        run(1, quick, of: &pace)
        #expect(pace.isProven)
    }

    @Test("one long turn in twenty proves a method too, one in three does not")
    func noise() {
        var (rare, often) = (TurnPace(), TurnPace())
        for turn in 0..<10_000 {
            rare.ranElsewhere(for: turn % 20 == 0 ? Limits.shortTurn * 2 : quick, at: now)
            often.ranElsewhere(for: turn % 3 == 0 ? Limits.shortTurn : quick, at: now)
        }
        #expect(rare.isProven && !often.isProven)
    }

    @Test("a short turn on a loop costs nothing, and a long one in the pool nothing that was proven")
    func stays() {
        var pace = TurnPace.proven
        let told1 = pace.ranOnLoop(for: quick, at: now)
        #expect(told1 == nil)
        pace.ranElsewhere(for: .seconds(1), at: now)
        #expect(pace.isProven)
    }

    @Test("turns on a loop that are long again and again have the method measured again, by as many turns as before")
    func measuredAgain() {
        var pace = TurnPace.proven
        let enough = Limits.provenTurns / Limits.longTurnCost
        for turn in 1...enough {
            #expect(pace.isProven)
            let told2 = pace.ranOnLoop(for: Limits.shortTurn, at: now)
            #expect(told2 == (turn == enough ? .measured : nil))
        }
        #expect(!pace.isProven)
        run(Limits.provenTurns, quick, of: &pace)
        #expect(pace.isProven)
    }

    @Test("a turn of half of what holds up a loop is enough, and one long turn in twenty is none")
    func oneIsEnough() {
        var pace = TurnPace.proven
        let told = pace.ranOnLoop(for: Limits.slowTurn / 2, at: now)
        #expect(told == .measured)
        pace = .proven
        for turn in 0..<10_000 {
            let told = pace.ranOnLoop(for: turn % 20 == 0 ? Limits.shortTurn * 2 : quick, at: now)
            #expect(told == nil)
        }
    }

    @Test("a turn that suspended has the method measured again, by twice as many turns each time, up to a limit")
    func suspends() {
        var pace = TurnPace.proven
        var needed = Limits.provenTurns
        for _ in 0..<12 {
            let told3 = pace.leftLoop()
            #expect(told3 == .measured)
            needed = min(needed * 2, Limits.provenTurnsMost)
            run(needed - 1, quick, of: &pace)
            #expect(!pace.isProven)
            run(1, quick, of: &pace)
            #expect(pace.isProven)
        }
        #expect(needed == Limits.provenTurnsMost)
    }

    @Test("a turn that held up a loop keeps the method off the loops for a while")
    func rests() {
        var pace = TurnPace.proven
        let told4 = pace.ranOnLoop(for: Limits.slowTurn, at: now)
        #expect(told4 == .resting)
        run(10 * Limits.provenTurns, quick, of: &pace)
        #expect(!pace.isProven)
        let later = now.advanced(by: Limits.slowTurnRest)
        for _ in 0...(2 * Limits.provenTurns) { pace.ranElsewhere(for: quick, at: later) }
        #expect(pace.isProven)
    }

    @Test("a turn that held up a loop for long keeps the method off the loops for ever")
    func barred() {
        for var pace in [TurnPace.proven, TurnPace()] {
            let told5 = pace.ranOnLoop(for: Limits.blockingTurn, at: now)
            #expect(told5 == .barred)
            for hour in 0..<100 {
                let later = now.advanced(by: .seconds(hour * 3_600))
                for _ in 0..<Limits.provenTurnsMost / 16 { pace.ranElsewhere(for: quick, at: later) }
            }
            #expect(!pace.isProven)
            let told6 = pace.leftLoop()
            #expect(told6 == nil)
        }
    }

    @Test("turns that began on several loops at once cost the method once")
    func several() {
        var pace = TurnPace.proven
        let told7 = pace.ranOnLoop(for: Limits.slowTurn, at: now)
        #expect(told7 == .resting)
        let told8 = pace.ranOnLoop(for: Limits.slowTurn, at: now)
        #expect(told8 == nil)
        let told9 = pace.ranOnLoop(for: Limits.shortTurn, at: now)
        #expect(told9 == nil)
        let told10 = pace.leftLoop()
        #expect(told10 == nil)
    }
}

@Suite("LoopShare")
struct LoopShareTests {
    @Test("turns begin until the share of the round is spent, and again in the next")
    func round() {
        var share = LoopShare()
        #expect(share.hasRoom)
        let isFirst11 = share.spend(Limits.loopShare - .nanoseconds(1))
        #expect(isFirst11)
        #expect(share.hasRoom)
        let isFirst12 = share.spend(.nanoseconds(1))
        #expect(!isFirst12)
        #expect(!share.hasRoom)
        share.beginRound()
        #expect(share.hasRoom)
        let isFirst13 = share.spend(.zero)
        #expect(isFirst13)
    }

    @Test("even turns that took no time are told apart from none")
    func nothing() {
        var share = LoopShare()
        let isFirst14 = share.spend(.zero)
        #expect(isFirst14)
        let isFirst15 = share.spend(.zero)
        #expect(!isFirst15)
    }
}
