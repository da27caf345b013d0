// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// Which connection leads to which peer, and why others do not: read on every remote call, from any thread.
final class Directory: Sendable {
    private struct State {
        var connections: [NodeName: PeerConnection] = [:]
        var failuresByNode: [NodeName: TransportEvent] = [:]
        var failuresByAddress: [String: TransportEvent] = [:]
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func connection(to node: NodeName) -> PeerConnection? { state.withLock { $0.connections[node] } }

    var connections: [PeerConnection] { state.withLock { Array($0.connections.values) } }

    func failure(of node: NodeName) -> TransportEvent? { state.withLock { $0.failuresByNode[node] } }

    func failure(at address: String) -> TransportEvent? { state.withLock { $0.failuresByAddress[address] } }

    /// What went wrong last at addresses of which it is not known who is there, by address, at most three.
    var failuresOfUnknown: [TransportEvent] {
        let failures = state.withLock { $0.failuresByAddress }
        let unknown = failures.filter { _, event in
            if case .failed(let remote, _) = event { remote.node == nil } else { false }
        }
        return unknown.sorted { $0.key < $1.key }.prefix(3).map(\.value)
    }

    func add(_ connection: PeerConnection) {
        state.withLock { state in
            state.connections[connection.peer] = connection
            state.failuresByNode[connection.peer] = nil
            state.failuresByAddress[connection.remote.address] = nil
        }
    }

    func remove(_ connection: PeerConnection) {
        state.withLock { state in
            if state.connections[connection.peer] === connection { state.connections[connection.peer] = nil }
        }
    }

    /// Remembers what went wrong; with too many peers everything older is forgotten.
    func note(_ event: TransportEvent, with remote: RemoteEnd) {
        state.withLock { state in
            if let node = remote.node {
                if state.failuresByNode.count >= limit { state.failuresByNode = [:] }
                state.failuresByNode[node] = event
            }
            guard remote.isDialed else { return }
            if state.failuresByAddress.count >= limit { state.failuresByAddress = [:] }
            state.failuresByAddress[remote.address] = event
        }
    }
}
