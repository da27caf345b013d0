// SPDX-License-Identifier: Apache-2.0

/// What the parent tells a node of the storm, one line of JSON each.
enum StormFact: Codable, Hashable, Sendable {
    case start(number: Int, ids: [String])
    case stop(number: Int, ids: [String])
    /// These fail, wherever they run.
    case crash(ids: [String])
    /// Say what is known here, and what runs here of these and of all that is wished for.
    case survey(number: Int, ids: [String])
}

/// What a node tells the parent, one line of JSON each.
enum StormNews: Codable, Hashable, Sendable {
    case listening(address: String)
    /// Its settled view changed; these run the hub in it.
    case sees([String])
    /// What came of a start or a stop.
    case answered(number: Int, [StormAnswer])
    case surveyed(number: Int, StormSurvey)
    case failed(String)
}

/// What a caller was told of one child.
struct StormAnswer: Codable, Hashable, Sendable {
    enum Outcome: Codable, Hashable, Sendable {
        /// As many nodes hold it.
        case done(holders: Int)
        /// It did not happen, and will not.
        case notDone
        case unknown
    }

    let id: String
    let outcome: Outcome
}

/// What one node knows.
struct StormSurvey: Codable, Hashable, Sendable {
    /// Where each child is; empty for one that nobody runs.
    let known: [String: String]
    /// What really runs in this process.
    let here: [String]
}
