// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire
internal import NIOCore

// What the links order, and the handshake that leads to it.

extension LinkHandler {
    func established(certificateNames: [String]?) {
        guard phase == .opening else { return }
        phase = .greeting
        if let reason = handshake.established(certificateNames: certificateNames) {
            let fault = TrustFault.wrongName(certificateNames ?? [])
            return end(.untrusted(fault), telling: reason)
        }
        if id.isDialed { host.established(id) }
    }

    /// Dialer: says hello.
    func greet(generation: UInt64) {
        guard phase == .greeting, let hello = handshake.greet(generation: generation) else { return }
        write(hello)
    }

    /// Listener: answers the hello, and waits for the dialer to take it.
    func answer(generation: UInt64) {
        guard phase == .offered, let hello = handshake.answer(generation: generation) else { return }
        phase = .answered
        decoder.admitted = true
        write(hello)
        resume()
    }

    /// The connection is up.
    func admit() {
        guard phase == .offered || phase == .confirming, let greeting = handshake.admit() else { return }
        phase = .up
        decoder.admitted = true
        finishHandshake()
        lane = greeting.lane
        becomeFast()
        if lane == .main { openMain(greeting) } else { openBulk(greeting) }
        resume()
    }

    /// The peer has to show that it lives.
    func challengePeer() {
        guard phase == .up || phase == .answered else { return }
        challenge = ping()
    }

    /// Says goodbye after what is queued and waits, for a second at most, until the peer has read that and closes.
    ///
    /// Not the other way round: a socket that is closed with bytes unread, and there may always be some, makes the system
    /// drop what the peer has not read.
    func leave() {
        guard phase == .up, lane == .main, let context else { return end(.shutdown, telling: .leaving) }
        queue.finish { writer in (try? writer.frame(.goodbye, Goodbye(.leaving))) != nil }
        isDraining = true
        context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.end(.shutdown) }
        drain()
    }
}

extension LinkHandler {
    private func write(_ hello: Hello) {
        var writer = ByteWriter()
        guard let context, (try? writer.frame(.hello, hello)) != nil else { return end(.refused(.invalidName)) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: writer.bytes)), promise: nil)
    }

    /// From now on the peer is known, so it may send more at once.
    private func becomeFast() {
        guard let context else { return }
        if let guardContext = try? context.pipeline.syncOperations.context(handlerType: PreAdmissionGuard.self) {
            context.pipeline.syncOperations.removeHandler(context: guardContext, promise: nil)
        }
        let options = context.channel.syncOptions
        let maximum = lane == .bulk ? 65_536 : 262_144
        try? options?.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 16_384, maximum: maximum))
        if lane == .bulk { try? options?.setOption(.maxMessagesPerRead, value: 1) }
    }

    private func openMain(_ greeting: Greeting) {
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let drain: @Sendable () -> Void = { bound.value.drainForOthers() }
        let connection = PeerConnection(
            .init(
                greeting: greeting, remote: remote, listening: listening(greeting), eventLoop: loop,
                allowance: host.allowance(of: loop), outbound: queue,
                bulk: OutboundQueue(limit: limits.outboundBytes) { [host] in host.needsBulk(greeting.node) },
                closer: { loss in loop.execute { bound.value.end(loss) } }))
        self.connection = connection
        heartbeat = Heartbeat(at: now, isDialer: id.isDialed)
        lastProgress = now
        scheduleBeat()
        queue.attach(wake: { loop.execute(drain) }, direct: directWriter(context))
        if id.isDialed { _ = ping() }
        host.up(connection, toldOf: handshake.ownIncarnation)
    }

    /// What is encrypted only the loop can write.
    private func directWriter(_ context: ChannelHandlerContext) -> DirectWriter? {
        guard isPlain else { return nil }
        let writer = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { DirectWriter(duplicating: $0) }
        return writer ?? nil
    }

    /// Where the peer can be dialed: where it was, or on the port it told, on the machine it came from.
    private func listening(_ greeting: Greeting) -> PeerAddress? {
        if let dialed = remote.dialed { return dialed }
        guard greeting.port > 0, let host = context?.channel.remoteAddress?.plainHost else { return nil }
        return PeerAddress(host: host, port: greeting.port)
    }

    private func openBulk(_ greeting: Greeting) {
        guard let connection = host.mainConnection(to: greeting.node) else { return end(.refused(.noMainConnection)) }
        self.connection = connection
        scheduleBeat()
        if id.isDialed { confirmBulk() }
        attachBulk()
    }

    /// The first frame of a dialed bulk connection, before anything is queued on it.
    private func confirmBulk() {
        var writer = ByteWriter()
        guard (try? writer.frame(.ping, PingEnvelope(0, sentNanoseconds: 0))) != nil else { return }
        context?.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: writer.bytes)), promise: nil)
    }

    /// Writes the bulk queue of this peer, if it is a bulk connection to it and no other does.
    func attachBulk(to node: NodeName) {
        if connection?.peer == node { attachBulk() }
    }

    private func attachBulk() {
        guard phase == .up, lane == .bulk, let connection, let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        queue = connection.bulk
        lastProgress = now
        connection.attachBulk(id) { loop.execute { bound.value.drain() } }
    }

    /// Sends a ping before everything that is queued, and returns its number.
    func ping() -> UInt64 {
        pings += 1
        let envelope = PingEnvelope(pings, sentNanoseconds: now.nanoseconds)
        _ = queue.send(control: true) { writer, _ in (try? writer.frame(.ping, envelope)) != nil }
        drainForOthers()
        return pings
    }

    private func scheduleBeat() {
        nextBeat = context?.eventLoop.assumeIsolated().scheduleTask(in: .init(limits.pingInterval)) { self.beat() }
    }

    private func beat() {
        guard phase == .up else { return }
        scheduleBeat()
        if outstanding > 0, lastProgress.duration(to: now) >= limits.silence * 2 { return end(.slowReader) }
        guard lane == .main else { return }
        switch heartbeat.beat(at: now, interval: limits.pingInterval, silence: limits.silence) {
        case .nothing: break
        case .ping: _ = ping()
        case .giveUp: end(.silent)
        }
    }
}
