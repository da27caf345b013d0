// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// Calls of this node that wait until the table says where a process is, or until a node is connected.
final class WaitingCallers: Sendable {
    private struct State {
        var forRoute: [ProcessID: [ObjectIdentifier: RemoteCall]] = [:]
        var forLink: [NodeName: [ObjectIdentifier: RemoteCall]] = [:]
    }

    private let state = Mutex(State())

    func wait(_ call: RemoteCall, forRouteTo id: ProcessID) {
        state.withLock { $0.forRoute[id, default: [:]][ObjectIdentifier(call)] = call }
    }

    func wait(_ call: RemoteCall, forLinkTo node: NodeName) {
        state.withLock { $0.forLink[node, default: [:]][ObjectIdentifier(call)] = call }
    }

    /// Whether any call waits until a process is somewhere.
    var hasCallersOfProcesses: Bool { state.withLock { !$0.forRoute.isEmpty } }

    /// The calls that wait for this process. They keep waiting until they are dropped.
    func callers(of id: ProcessID) -> [RemoteCall] {
        state.withLock { Self.inOrder($0.forRoute[id]) }
    }

    /// Takes out the calls that wait for this node.
    func takeCallers(of node: NodeName) -> [RemoteCall] {
        state.withLock { Self.inOrder($0.forLink.removeValue(forKey: node)) }
    }

    /// The call no longer waits for anything.
    func drop(_ call: RemoteCall) {
        state.withLock { state in
            let key = ObjectIdentifier(call)
            state.forRoute[call.id]?[key] = nil
            if state.forRoute[call.id]?.isEmpty == true { state.forRoute[call.id] = nil }
            for node in state.forLink.keys where state.forLink[node]?[key] != nil {
                state.forLink[node]?[key] = nil
                if state.forLink[node]?.isEmpty == true { state.forLink[node] = nil }
            }
        }
    }

    func removeAll() -> [RemoteCall] {
        state.withLock { state in
            defer { state = State() }
            var all: [ObjectIdentifier: RemoteCall] = [:]
            for calls in state.forRoute.values { all.merge(calls) { first, _ in first } }
            for calls in state.forLink.values { all.merge(calls) { first, _ in first } }
            return Self.inOrder(all)
        }
    }

    /// Calls go out in the order they were made, as far as they wait for the same thing.
    private static func inOrder(_ calls: [ObjectIdentifier: RemoteCall]?) -> [RemoteCall] {
        (calls ?? [:]).values.sorted { $0.order < $1.order }
    }
}
