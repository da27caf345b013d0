// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// Where a node is in its one life, and who waits for it to begin.
final class NodeLife: Sendable {
    private enum Phase {
        /// → running, over
        case ahead
        /// → over
        case running
        case over
    }

    private let name: NodeName
    private let phase = Mutex(Phase.ahead)
    private let address = Mutex<PeerAddress?>(nil)
    private let fault = Mutex<HubError?>(nil)
    private let begun = Milestone()
    private let leaving = Milestone()

    init(name: NodeName) {
        self.name = name
    }

    /// - Throws: ``HubError`` with ``HubError/Code/invalidConfiguration`` if the node has been run before.
    func begin() throws(HubError) {
        let isFirst = phase.withLock { phase in
            guard case .ahead = phase else { return false }
            phase = .running
            return true
        }
        guard isFirst else {
            throw HubError(.invalidConfiguration, "node \(name) runs once", outcome: .notExecuted)
        }
    }

    /// The node is reachable: operations that waited go on.
    func begin(listeningAt address: PeerAddress?) {
        self.address.withLock { $0 = address }
        begun.reach()
    }

    /// Where the node listens, once it does.
    var listeningAddress: PeerAddress? { address.withLock { $0 } }

    /// Asks the node to leave.
    ///
    /// - Parameter fault: why it cannot go on; the first one counts.
    func leave(because fault: HubError? = nil) {
        self.fault.withLock { known in
            if known == nil, !leaving.isReached { known = fault }
        }
        leaving.reach()
    }

    /// Why the node could not go on, if it leaves because of that.
    var leftBecause: HubError? { fault.withLock { $0 } }
    func untilLeaving() async { await leaving.wait() }

    func end() {
        phase.withLock { $0 = .over }
        begun.reach()
        leaving.reach()
    }

    var isOver: Bool {
        phase.withLock { if case .over = $0 { true } else { false } }
    }

    /// Waits for the node to run.
    ///
    /// - Throws: ``HubError`` with ``HubError/Code/nodeNotRunning`` once `time` is over, or
    ///   ``HubError/Code/nodeStopped``; nothing was done.
    func untilRunning(atMost time: Duration) async throws(HubError) {
        guard await begun.wait(atMost: time) else {
            throw HubError(.nodeNotRunning, "node \(name) has not been run", outcome: .notExecuted)
        }
        if isOver { throw HubError(.nodeStopped, "node \(name) has left", outcome: .notExecuted) }
    }
}
