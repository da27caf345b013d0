// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import HubCore
internal import HubTransport
internal import Logging
internal import Synchronization

/// Keeps a node's status file up to date: written anew on each view and each change of what the node believes.
///
/// Files are written one after the other on a thread for such work; what changes meanwhile is written together.
final class StatusBoard: Sendable {
    private struct State {
        var status: NodeStatus
        /// Something changed since the last writing began.
        var isDue = false
        var isWriting = false
        var isOver = false
    }

    private let directory: StatusDirectory
    private let file: String
    private let logger: Logger
    private let meters: Meters
    private let rate = LogRate()
    private let state: Mutex<State>
    /// Nothing is written any more and the file is gone.
    private let removed = Milestone()

    /// - Throws: ``HubError`` with ``HubError/Code/invalidConfiguration`` if the directory is not usable.
    init(
        _ directory: StatusDirectory, _ identity: NodeIdentity, address: PeerAddress?, logger: Logger, meters: Meters
    ) throws(HubError) {
        try directory.prepare()
        directory.sweep(identity.node, in: identity.cluster)
        let process = getpid()
        self.directory = directory
        self.logger = logger
        self.meters = meters
        file = directory.file(of: identity.node, in: identity.cluster, process: process)
        state = Mutex(
            State(
                status: NodeStatus(
                    cluster: identity.cluster.rawValue, node: identity.node.rawValue,
                    incarnation: "\(identity.incarnation)", process: process, address: address?.description,
                    standing: "\(Standing.joining)", roster: [], written: 0)))
        change { _ in }
    }

    func show(_ view: MemberView) {
        change { status in
            status.view = NodeStatus.View(view)
            status.standing = "\(view.standing)"
        }
    }

    func show(_ roster: Roster) {
        change { status in
            status.roster = roster.entries.map(NodeStatus.Entry.init)
            status.standing = "\(roster.standing)"
            status.incarnation = "\(roster.incarnation)"
        }
    }

    /// Writes the file again and again, until the task is cancelled: who finds it old knows that the node stands still.
    func refresh() async {
        while (try? await Task.sleep(for: Limits.statusInterval, clock: .continuous)) != nil { change { _ in } }
    }

    /// Removes the file: the node has left.
    func remove() async {
        let isIdle = state.withLock { state in
            state.isOver = true
            return !state.isWriting
        }
        if isIdle { BlockingWork.start { self.finish() } }
        await removed.wait()
    }

    private func change(_ body: (inout NodeStatus) -> Void) {
        let mustWrite = state.withLock { state in
            body(&state.status)
            state.isDue = true
            guard !state.isOver, !state.isWriting else { return false }
            state.isWriting = true
            return true
        }
        if mustWrite { BlockingWork.start { self.write() } }
    }

    private func write() {
        while let status = next() {
            do {
                try directory.write(status, to: file)
            } catch {
                meters.count(.failedStatus)
                if rate.admits(at: Clock.elapsed()) {
                    logger.warning("the status file cannot be written", metadata: ["error": "\(error)"])
                }
            }
        }
        if state.withLock({ $0.isOver }) { finish() }
    }

    /// What is to be written now; `nil` if nothing changed since the last time.
    private func next() -> NodeStatus? {
        state.withLock { state in
            guard state.isDue, !state.isOver else {
                state.isWriting = false
                return nil
            }
            state.isDue = false
            state.status.written = Clock.wallMilliseconds()
            return state.status
        }
    }

    private func finish() {
        unlink(file)
        removed.reach()
    }
}
