// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// Why an address is not even dialed.
struct DialRefusal: Error {
    let loss: LinkLoss
}

// The channels behind the links: dialed, accepted, listening.

extension LinkDriver {
    /// Connects to an address; the connection then speaks for itself.
    func connect(
        _ id: LinkID, _ address: PeerAddress, expecting node: NodeName?, _ lane: LinkLane
    ) -> EventLoopFuture<Void> {
        let trust = trust.withLock { $0 }
        guard trust != nil || address.isLoopback else {
            return loop.makeFailedFuture(DialRefusal(loss: .notLoopback))
        }
        let remote = RemoteEnd(isDialed: true, node: node, address: address.description, dialed: address)
        return ClientBootstrap(group: settings.eventLoops)
            .connectTimeout(.init(settings.limits.handshakeTime))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: Self.smallReads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try self.open(channel, id, remote, .dialer(lane, expecting: node), trust)
                }
            }
            .connect(host: address.host, port: Int(address.port))
            .map { _ in }
    }

    /// Listens; every accepted connection then speaks for itself.
    func bind(_ address: ListenAddress) -> EventLoopFuture<any Channel> {
        ServerBootstrap(group: settings.eventLoops)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let limit = self.settings.limits.pendingHandshakes
                    let pause = AcceptPause(self.unfinished, limit: limit + limit / 4) { self.receiver.report($0) }
                    try channel.pipeline.syncOperations.addHandler(pause)
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: Self.smallReads)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
            }
            .bind(host: address.host, port: Int(address.port))
    }

    private func accept(_ channel: any Channel) throws {
        let number = lastAccepted.add(1, ordering: .relaxed).newValue
        let id = LinkID(isDialed: false, number: number)
        let remote = RemoteEnd(isDialed: false, node: nil, address: channel.remoteAddress?.shown ?? "unknown")
        do {
            try open(channel, id, remote, .listener, trust.withLock { $0 })
        } catch {
            unfinished.finish()
            throw error
        }
        step { machine, _ in machine.accepted(id) }
    }

    private func open(
        _ channel: any Channel, _ id: LinkID, _ remote: RemoteEnd, _ side: Handshake.Side, _ trust: TrustContexts?
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(PreAdmissionGuard())
        let tls = try trust.map { try Self.tlsHandler($0, side) }
        if let tls { try pipeline.addHandler(tls) }
        let handler = LinkHandler(
            .init(
                id: id, handshake: Handshake(identity: identity.withLock { $0 }, side: side), lane: side.lane,
                remote: remote, limits: settings.limits, tls: tls, ownCertificate: trust?.own,
                queue: OutboundQueue(limit: settings.limits.outboundBytes),
                unfinished: side == .listener ? unfinished : nil, host: self))
        try pipeline.addHandler(handler)
        register(LinkHandle(loop: channel.eventLoop, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop)), id)
    }

    private static func tlsHandler(_ trust: TrustContexts, _ side: Handshake.Side) throws -> NIOSSLHandler {
        switch side {
        case .listener: NIOSSLServerHandler(context: trust.listener)
        case .dialer: try NIOSSLClientHandler(context: trust.dialer, serverHostname: nil)
        }
    }

    /// Until a peer is admitted it gets little memory.
    private static var smallReads: any RecvByteBufferAllocator { FixedSizeRecvByteBufferAllocator(capacity: 4_096) }
}

extension Handshake.Side {
    fileprivate var lane: LinkLane {
        if case .dialer(let lane, _) = self { lane } else { .main }
    }
}
