// SPDX-License-Identifier: Apache-2.0

package import HubCore
package import HubWire
internal import NIOCore
internal import Synchronization

/// An admitted connection to another node: its main connection, and its bulk connection once that is needed.
package final class PeerConnection: Sendable {
    private struct State {
        var incarnation: Incarnation
        var attachment: (any AnyObject & Sendable)?
        /// The bulk connection that writes the bulk queue.
        var bulkWriter: LinkID?
    }

    /// Unique in the process.
    package let id: UInt64
    package let peer: NodeName
    /// What both nodes can do.
    package let features: Features
    package let protocolVersion: UInt16
    package let remote: RemoteEnd
    /// Where the peer can be dialed, as far as this end can tell; `nil` if it does not listen.
    package let listening: PeerAddress?
    /// Whether the main connection and its receiver's calls are on this loop now.
    package var isOnEventLoop: Bool { eventLoop.inEventLoop }

    /// Whether the frame that the main connection hands on is the last of what was read, so that no frame after it has an
    /// answer that could be written with its own. Of use on the connection's event loop only.
    package var isAtLastFrame: Bool {
        get { atLastFrame.load(ordering: .relaxed) }
        set { atLastFrame.store(newValue, ordering: .relaxed) }
    }

    /// What may run on the loop of the main connection beside the transport.
    package let allowance: LoopAllowance
    let eventLoop: any EventLoop
    let outbound: OutboundQueue
    let bulk: OutboundQueue
    /// A peer that dialed and does not listen cannot be dialed back: what is for its bulk lane waits with the calls.
    private let hasBulkLane: Bool
    private let atLastFrame = Atomic<Bool>(false)
    private let state: Mutex<State>
    private let closer: @Sendable (LinkLoss) -> Void

    init(_ parts: Parts) {
        id = Self.nextID.add(1, ordering: .relaxed).newValue
        peer = parts.greeting.node
        features = parts.greeting.features
        protocolVersion = parts.greeting.protocolVersion
        remote = parts.remote
        listening = parts.listening
        eventLoop = parts.eventLoop
        allowance = parts.allowance
        outbound = parts.outbound
        bulk = parts.bulk
        hasBulkLane = parts.remote.isDialed || parts.greeting.port > 0
        closer = parts.closer
        state = Mutex(State(incarnation: parts.greeting.incarnation))
    }

    /// What a connection is made of.
    struct Parts {
        var greeting: Greeting
        var remote: RemoteEnd
        var listening: PeerAddress?
        var eventLoop: any EventLoop
        var allowance: LoopAllowance
        var outbound: OutboundQueue
        var bulk: OutboundQueue
        var closer: @Sendable (LinkLoss) -> Void
    }

    /// The life of the peer that it goes on under; a living peer may change it.
    package var incarnation: Incarnation { state.withLock { $0.incarnation } }

    /// The receiver's own state of this connection.
    package var attachment: (any AnyObject & Sendable)? {
        get { state.withLock { $0.attachment } }
        set { state.withLock { $0.attachment = newValue } }
    }

    package var isOpen: Bool { !outbound.isClosed }

    /// Queues what `body` writes: whole frames, or nothing if it returns `false`.
    ///
    /// `body` runs under the lock of the lane, so it must be quick and must not send. Methods are numbered on
    /// ``Lane/calls`` only: a control frame may overtake their definitions.
    ///
    /// - Parameter isAlone: whoever sends knows of nothing else that is being sent to this peer. A small frame on an idle
    ///   plain connection is then written by this thread, which is quicker than to wake the loop.
    @discardableResult
    package func send(
        _ lane: Lane, isAlone: Bool = false, _ body: (inout ByteWriter, inout OutboundMethods) -> Bool
    ) -> SendResult {
        switch lane {
        case .control: outbound.send(control: true, isAlone: isAlone, body)
        case .calls: outbound.send(control: false, isAlone: isAlone, body)
        case .bulk: (hasBulkLane ? bulk : outbound).send(control: false, body)
        }
    }

    /// Writes what is queued at once, if that is little and nothing is before it; else the loop does, which is to know.
    package func flush() { outbound.flush() }

    /// Drops the connection: its user found that the peer breaks a rule, or gave the peer up.
    package func close(_ loss: LinkLoss) { closer(loss) }

    /// Tells the peer that this node goes on under a new incarnation.
    func announce(_ notice: IncarnationNotice) {
        send(.control) { writer, _ in (try? writer.frame(.incarnation, notice)) != nil }
    }

    /// Takes the peer's new incarnation and returns the old one.
    func change(to incarnation: Incarnation) -> Incarnation {
        state.withLock { state in
            defer { state.incarnation = incarnation }
            return state.incarnation
        }
    }

    /// Lets a bulk connection write the bulk queue, if none does.
    func attachBulk(_ id: LinkID, wake: @escaping @Sendable () -> Void) {
        let isFirst = state.withLock { state in
            guard state.bulkWriter == nil || state.bulkWriter == id else { return false }
            state.bulkWriter = id
            return true
        }
        if isFirst { bulk.attach(wake: wake) }
    }

    /// Takes the bulk queue from a bulk connection that is lost, with all that is queued.
    ///
    /// - Parameter wake: what the next use of the queue calls.
    /// - Returns: whether this connection was the one that wrote it.
    func detachBulk(_ id: LinkID, wake: @escaping @Sendable () -> Void) -> Bool {
        let isWriter = state.withLock { state in
            guard state.bulkWriter == id else { return false }
            state.bulkWriter = nil
            return true
        }
        if isWriter { bulk.drop(wake: wake) }
        return isWriter
    }

    private static let nextID = Atomic<UInt64>(0)
}

extension PeerConnection: Hashable {
    package static func == (left: PeerConnection, right: PeerConnection) -> Bool { left === right }
    package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
