// SPDX-License-Identifier: Apache-2.0

public import HubCore
internal import Synchronization

/// Where a node's newest view hangs for everybody to read.
final class ViewBoard: Sendable {
    private struct State {
        var view: MemberView?
        var readers: [UInt64: AsyncStream<MemberView>.Continuation] = [:]
        var lastReader: UInt64 = 0
        var isOver = false
    }

    private let state = Mutex(State())

    var view: MemberView? { state.withLock { $0.view } }

    func publish(_ view: MemberView) {
        let readers = state.withLock { state in
            state.view = view
            return state.readers.values.map(\.self)
        }
        for reader in readers { reader.yield(view) }
    }

    /// The newest view, if there is one, and those that follow; a slow reader misses those in between.
    func views() -> AsyncStream<MemberView> {
        let (stream, continuation) = AsyncStream.makeStream(of: MemberView.self, bufferingPolicy: .bufferingNewest(1))
        let (number, view, isOver) = state.withLock { state in
            state.lastReader += 1
            if !state.isOver { state.readers[state.lastReader] = continuation }
            return (state.lastReader, state.view, state.isOver)
        }
        continuation.onTermination = { _ in self.leave(number) }
        if let view { continuation.yield(view) }
        if isOver { continuation.finish() }
        return stream
    }

    /// The node has left; no view follows.
    func close() {
        let readers = state.withLock { state in
            defer { state.readers = [:] }
            state.isOver = true
            return state.readers.values.map(\.self)
        }
        for reader in readers { reader.finish() }
    }

    private func leave(_ number: UInt64) {
        state.withLock { _ = $0.readers.removeValue(forKey: number) }
    }
}

extension Node {
    /// Who is in the cluster, as this node sees it, itself among them; sorted by name. Empty until it knows.
    ///
    /// A change about a member is seen once that member was unchanged for a moment (500 ms), a graceful departure at
    /// once. What each node sees is its own and only a hint: two nodes may differ for a while.
    public var members: [Member] { board.view?.members ?? [] }

    /// The newest view, and each that follows, until the node has left.
    package var views: AsyncStream<MemberView> { board.views() }

    package var view: MemberView? { board.view }
}
