// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire
internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// One connection on its event loop, from its first byte to its last.
///
/// It does what the links decide, cuts frames out of what arrives and hands them on where they lie, and writes what is
/// queued, control frames first.
final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase: Equatable {
        /// Being connected, or TLS under way. → `greeting`, `ended`
        case opening
        /// Waits for a hello. → `offered`, `ended`
        case greeting
        /// The links decide; nothing is read. → `answered`, `up`, `ended`
        case offered
        /// Our hello is out, as a listener's. → `confirming`, `ended`
        case answered
        /// The dialer took it, the links are told; nothing is read. → `up`, `ended`
        case confirming
        /// Admitted. → `ended`
        case up
        /// Over; nothing is handed on any more.
        case ended
    }

    /// What a handler is made of.
    struct Parts {
        var id: LinkID
        var handshake: Handshake
        var lane: LinkLane
        var remote: RemoteEnd
        var limits: LinkLimits
        var tls: NIOSSLHandler?
        var ownCertificate: NIOSSLCertificate?
        /// What a main connection writes goes through it; a bulk connection writes its peer's bulk queue.
        var queue: OutboundQueue
        /// Counts an accepted connection until it is admitted or over.
        var unfinished: UnfinishedCount?
        var host: any LinkHost
    }

    let id: LinkID
    let limits: LinkLimits
    let host: any LinkHost
    let tls: NIOSSLHandler?
    let ownCertificate: NIOSSLCertificate?
    var remote: RemoteEnd
    var handshake: Handshake
    private var isConnected = false

    // What every frame touches is spared the run-time checks of exclusive access, each of which makes a lone call wait
    // for more memory. They would find nothing: all of it is used on the loop alone, no access to one of them runs code of
    // others, and what is longer than a load or a store is a call of the value's own functions, which do not come back.
    @exclusivity(unchecked) var lane: LinkLane
    @exclusivity(unchecked) var decoder = FrameDecoder()
    @exclusivity(unchecked) var phase = Phase.opening
    @exclusivity(unchecked) var context: ChannelHandlerContext?
    /// The beginning of a frame whose rest has not come, or what waits for a decision.
    @exclusivity(unchecked) var inbox = ByteBuffer()
    @exclusivity(unchecked) var connection: PeerConnection?
    /// Something was handed on since the last `readFinished`.
    @exclusivity(unchecked) var hasDelivered = false
    @exclusivity(unchecked) var isReading = false
    @exclusivity(unchecked) var queue: OutboundQueue
    @exclusivity(unchecked) var writes = WriteQueue()
    /// Something was written by way of the channel since others were last told that they may write.
    @exclusivity(unchecked) var hasWritten = true
    /// Bytes that the channel holds.
    @exclusivity(unchecked) var outstanding = 0
    /// Bytes that were written since something was, of which the end was to be told.
    @exclusivity(unchecked) var uncounted = 0
    @exclusivity(unchecked) var lastProgress = Instant.zero
    /// This node leaves: it said goodbye.
    var isDraining = false

    @exclusivity(unchecked) var heartbeat: Heartbeat
    var pings: UInt64 = 0
    var challenge: UInt64?
    var deadline: Scheduled<Void>?
    private var unfinished: UnfinishedCount?
    var nextBeat: Scheduled<Void>?

    init(_ parts: Parts) {
        id = parts.id
        heartbeat = Heartbeat(at: .zero, isDialer: parts.id.isDialed)
        handshake = parts.handshake
        lane = parts.lane
        remote = parts.remote
        limits = parts.limits
        tls = parts.tls
        ownCertificate = parts.ownCertificate
        queue = parts.queue
        unfinished = parts.unfinished
        host = parts.host
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) {
        // Why an attempt to connect failed is known to whoever made it.
        if isConnected || !id.isDialed { end(.closedByPeer) } else { phase = .ended }
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        isConnected = true
        if let address = context.channel.remoteAddress { remote.address = address.shown }
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: .init(limits.handshakeTime)) {
            self.end(.late, telling: .late)
        }
        if tls == nil {
            guard context.channel.remoteAddress?.isLoopback == true else { return end(.notLoopback) }
            established(certificateNames: nil)
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.closedByPeer)
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent {
            established(certificateNames: TrustDiagnosis.names(of: tls?.peerCertificate))
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is TooMuchBeforeAdmission { return end(.garbage("\(error)")) }
        end(
            TrustDiagnosis.loss(
                error, peer: tls?.peerCertificate, own: ownCertificate, isEstablished: phase != .opening))
    }

    var isPlain: Bool { tls == nil }
    var now: Instant { Instant(nanoseconds: Int64(clamping: NIODeadline.now().uptimeNanoseconds)) }
}

// MARK: - The end

extension LinkHandler {
    /// Ends the connection; only the first call does something.
    ///
    /// - Parameter reason: what the peer is told first, if it is told.
    func end(_ loss: LinkLoss, telling reason: HandshakeRefusal.Reason? = nil) {
        guard phase != .ended else { return }
        // However the connection ends after a goodbye, it is the end that was asked for.
        let loss = isDraining ? .shutdown : loss
        let wasUp = phase == .up
        // Before TLS stands nothing can be told, and a write would only wait.
        let wasTold = wasUp || phase == .opening ? nil : reason
        phase = .ended
        handshake.stop()
        finishHandshake()
        nextBeat?.cancel()
        inbox = ByteBuffer()
        writes = WriteQueue()
        giveUpQueue(loss, wasUp: wasUp)
        host.closed(id, remote, loss, wasUp: wasUp)
        disconnect(telling: wasTold)
    }

    /// The handshake has ended, one way or the other.
    func finishHandshake() {
        deadline?.cancel()
        unfinished?.finish()
        unfinished = nil
    }

    private func giveUpQueue(_ loss: LinkLoss, wasUp: Bool) {
        guard lane == .main else { return giveUpBulk(loss) }
        queue.close()
        guard let connection else { return }
        self.connection = nil
        connection.bulk.close()
        if wasUp { host.down(connection, loss) }
    }

    private func giveUpBulk(_ loss: LinkLoss) {
        guard let connection else { return }
        self.connection = nil
        let node = connection.peer
        let isLost = connection.detachBulk(id) { [host] in host.needsBulk(node) }
        if isLost { host.receiver.bulkLost(on: connection, loss) }
    }

    private func disconnect(telling reason: HandshakeRefusal.Reason?) {
        guard let context, context.channel.isActive else { return abort() }
        guard let reason, let frame = refusalFrame(reason) else { return abort() }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.abort() }
        context.writeAndFlush(wrapOutboundOut(frame), promise: written)
        // A peer that does not read must not keep the descriptor.
        context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.abort() }
    }

    /// Closes the socket at once: a TLS farewell would wait for the peer.
    func abort() {
        guard let context else { return }
        let outermost = tls.flatMap { try? context.pipeline.syncOperations.context(handler: $0) }
        (outermost ?? context).close(promise: nil)
    }

    private func refusalFrame(_ reason: HandshakeRefusal.Reason) -> ByteBuffer? {
        // Only a node of this cluster is told who refuses it.
        let isKnown = remote.node != nil || reason == .wrongDestination
        var writer = ByteWriter()
        let refusal = RefusalEnvelope(HandshakeRefusal(reason, by: isKnown ? handshake.ownName : nil))
        guard (try? writer.frame(.refusal, refusal)) != nil else { return nil }
        return ByteBuffer(bytes: writer.bytes)
    }
}

extension TimeAmount {
    init(_ duration: Duration) { self = .nanoseconds(duration.wholeNanoseconds) }
}

extension SocketAddress {
    /// Host and port, without the name that was resolved.
    var shown: String {
        guard let ipAddress, let port else { return "unknown" }
        return PeerAddress(host: ipAddress, port: UInt16(clamping: port)).description
    }

    /// The address; one of IPv4 that came over IPv6 as itself.
    var plainHost: String? {
        guard let ipAddress else { return nil }
        return ipAddress.hasPrefix("::ffff:") ? String(ipAddress.dropFirst(7)) : ipAddress
    }

    var isLoopback: Bool { plainHost.map { PeerAddress(host: $0, port: 1).isLoopback } ?? false }
}
