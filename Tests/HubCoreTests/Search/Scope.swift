// SPDX-License-Identifier: Apache-2.0

internal import Testing

/// How much of everything a search may use.
struct Scope: Hashable {
    var calls = 1
    var windowEntries = 8
    var breaks = 0
    var moves = 0
    var aborts = 0
    /// Requests that a window forgets before it is full.
    var evictions = 0
    /// Calls that a caller cancels, or whose deadline passes at the caller.
    var givenUp = 0
    /// Sendings whose deadline passes at the host, while they wait or run.
    var expiries = 0
    /// A host believes that the caller's life is over, while it sends on.
    var departures = 0
    var crashes = 0
    /// Activations beside one that was only believed dead.
    var splits = 0
    /// The turn of the first call calls its own process before it ends.
    var nests = false
    var isConcurrent = false
}

extension Scope {
    /// The searches of the suite: small enough that most end, together they hold every kind of event.
    static let all: [(name: String, scope: Scope)] = [
        ("chains", Scope(breaks: 1, moves: 1, aborts: 1, nests: true)),
        ("departed callers", Scope(breaks: 1, moves: 1, evictions: 1, departures: 1)),
        ("deadlines", Scope(breaks: 1, moves: 1, aborts: 1, givenUp: 1, expiries: 1)),
        ("concurrent turns", Scope(calls: 2, breaks: 1, moves: 1, isConcurrent: true)),
        ("losses", Scope(breaks: 1, moves: 1, crashes: 1)),
        ("moves and breaks", Scope(breaks: 2, moves: 2, aborts: 1, evictions: 1)),
        ("splits", Scope(breaks: 1, moves: 1, crashes: 1, splits: 1)),
        ("two calls, windows of one", Scope(calls: 2, windowEntries: 1, breaks: 1, moves: 2)),
    ]
}

extension Scope {
    /// What a long search adds: more of everything together, without an end.
    static let wide: [(name: String, scope: Scope)] = [
        ("many faults", Scope(breaks: 3, moves: 3, aborts: 1, evictions: 1, givenUp: 1, expiries: 1)),
        ("many losses", Scope(breaks: 2, moves: 2, aborts: 1, evictions: 1, crashes: 2)),
        ("moves, losses, splits", Scope(breaks: 2, moves: 2, evictions: 1, crashes: 1, splits: 1)),
        ("two calls, many breaks", Scope(calls: 2, windowEntries: 1, breaks: 2, moves: 2)),
        ("two calls, many moves", Scope(calls: 2, windowEntries: 1, breaks: 1, moves: 3, departures: 1)),
        ("two calls, losses", Scope(calls: 2, windowEntries: 1, breaks: 1, moves: 2, crashes: 1)),
    ]
}

/// A rule left out, in the driver or between driver and values; each of them must be found.
enum PlantedBug: String, CaseIterable, CustomTestStringConvertible {
    case parkedIsProof = "parked is taken as proof of not executed"
    case windowLeftBehind = "the reply window is left behind in a move"
    case watermarksLeftBehind = "the watermarks are left behind in a move"
    case bothLeftBehind = "window and watermarks are left behind in a move"
    case againBesideFirst = "an again is queued beside its waiting first"
    case evictionForgets = "eviction leaves no watermark"
    case oldConnectionRead = "an old connection is read after its successor"
    case oldFirstExecuted = "an old first is executed after the process came back"
    case redirectIsProof = "a redirect to an again is taken as proof"
    case expiredIsProof = "expired is told as not executed"
    case againWithNewestEpoch = "an again names the newest epoch instead of the first"
    case parkedSurvive = "parked calls survive the commit"
    case sealBlocksChain = "a seal lets no call of its own chain pass"
    case moveIDRepeats = "the id of a move repeats after an abort"
    case restoredExecutes = "a sending of before is executed by a restored copy"
    case olderCopyExecutes = "a call is executed by a copy older than its first sending"
    case lossIsProof = "a lost connection is taken as proof of not executed"
    case deadlineIsProof = "a deadline that passed at the caller is told as not executed"
    case finishedEarly = "a turn is told as finished before it ended"
    case overdueIsProof = "a turn that overruns its deadline is told as not executed"
    case watermarkGoesWithCaller = "a watermark goes when one node believes that its caller is gone"
    case parkedRunAgain = "parked calls are redirected at the commit and run all the same"

    var testDescription: String { rawValue }
}
