// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import Logging
internal import Synchronization

extension NameContest.Meeting {
    /// What an event of the transport says about this node's own name.
    init?(_ event: TransportEvent, own incarnation: Incarnation) {
        guard case .failed(let remote, let loss) = event else { return nil }
        self.init(loss, of: remote.incarnation, own: incarnation)
    }
}

extension Node {
    /// Leaves once it turns out that this node is the newcomer of two with one name.
    func watchName() {
        var generator = SystemRandomNumberGenerator()
        let contest = NameReferee(NameContest(begun: Clock.elapsed(), using: &generator))
        let (name, calls, life, logger) = (name, calls, life, logger)
        calls.onReport { news in
            guard case .reported(let event) = news else { return contest.admitted() }
            guard let meeting = NameContest.Meeting(event, own: calls.incarnation) else { return }
            guard contest.meets(meeting) else {
                return logger.error("another node has this node's name", metadata: ["met": "\(event)"])
            }
            life.leave(
                because: HubError(
                    .nameTaken, "another node named \(Escaped(name.rawValue)) is in the cluster (\(event))",
                    outcome: .executed))
        }
    }
}

/// The contest behind a lock: events come from every connection.
private final class NameReferee: Sendable {
    private let contest: Mutex<NameContest>

    init(_ contest: NameContest) { self.contest = Mutex(contest) }

    func admitted() { contest.withLock { $0.admitted() } }

    func meets(_ meeting: NameContest.Meeting) -> Bool {
        contest.withLock { $0.meets(meeting, at: Clock.elapsed()) }
    }
}
