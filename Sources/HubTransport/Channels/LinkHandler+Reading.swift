// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire
internal import NIOCore
internal import NIOSSL

extension LinkHandler {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase != .ended else { return }
        heartbeat.hear()
        if !isReading {
            isReading = true
            // What is sent while frames are handed on is written once, when all are.
            if phase == .up { queue.expectLoop() }
        }
        var buffer = unwrapInboundIn(data)
        if inbox.readableBytes > 0 {
            // Out of `self` while frames are handed on, because their receiver may end the connection.
            var all = inbox
            inbox = ByteBuffer()
            all.writeBuffer(&buffer)
            consume(all)
        } else {
            consume(buffer)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        if hasDelivered, let connection {
            hasDelivered = false
            if lane == .main { connection.isAtLastFrame = false }
            host.receiver.readFinished(on: connection)
        }
        drainForOthers()
        context.fireChannelReadComplete()
    }

    /// Goes on with what was held back while the links decided.
    func resume() {
        guard phase != .ended, let context else { return }
        try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        guard inbox.readableBytes > 0 else { return }
        let held = inbox
        inbox = ByteBuffer()
        consume(held)
        if hasDelivered, let connection, !isReading {
            hasDelivered = false
            if lane == .main { connection.isAtLastFrame = false }
            host.receiver.readFinished(on: connection)
        }
    }

    private var isPaused: Bool { phase == .offered || phase == .confirming || phase == .ended }

    private func pause() {
        try? context?.channel.syncOptions?.setOption(.autoRead, value: false)
    }

    /// Hands on every whole frame and keeps the rest.
    private func consume(_ bytes: ByteBuffer) {
        var bytes = bytes
        let used = bytes.withUnsafeReadableBytes(frames)
        guard phase != .ended else { return }
        bytes.moveReaderIndex(forwardBy: used)
        guard bytes.readableBytes > 0 else { return }
        if used > 0 { bytes.discardReadBytes() }
        inbox = bytes
    }

    private func frames(in memory: UnsafeRawBufferPointer) -> Int {
        var offset = 0
        do {
            while !isPaused {
                let rest = UnsafeRawBufferPointer(rebasing: memory[offset...])
                switch try decoder.next(in: rest) {
                case .frame(let frame, let consumed):
                    guard hand(frame, isLast: consumed == rest.count) else { return offset }
                    offset += consumed
                case .skipped(_, let consumed): offset += consumed
                case .needMore: return offset
                }
            }
        } catch {
            end(.garbage("\(error)"), telling: .garbage)
        }
        return offset
    }

    /// Acts on a frame; `false` if it has to wait for a decision.
    ///
    /// - Parameter isLast: nothing else has come, so that no other answer would go out with the one to this frame.
    @inline(__always)
    private func hand(_ frame: Frame, isLast: Bool) -> Bool {
        guard phase == .up, let connection else { return handshake(frame) }
        switch frame.type {
        case .ping: pong(frame)
        case .pong: ponged(frame)
        case .incarnation: announced(frame, connection)
        case .goodbye: end(.goodbye)
        case .hello, .refusal: end(.garbage("a handshake on an open connection"))
        default:
            hasDelivered = true
            if lane == .main { connection.isAtLastFrame = isLast }
            host.receiver.received(frame.type, stream: frame.stream, payload: frame.payload, on: connection)
        }
        return true
    }

    private func handshake(_ frame: Frame) -> Bool {
        do {
            var reader = frame.reader
            switch (frame.type, phase) {
            case (.hello, .greeting): offered(try Hello(from: &reader))
            case (.refusal, _): refused(try RefusalEnvelope(from: &reader))
            case (.hello, _): end(.garbage("a second hello"), telling: .garbage)
            case (_, .answered):
                phase = .confirming
                pause()
                host.confirmed(id)
                return false
            default: end(.garbage("\(frame.type) before the handshake was finished"), telling: .garbage)
            }
        } catch {
            end(.garbage("\(error)"), telling: .garbage)
        }
        return true
    }

    private func offered(_ hello: Hello) {
        switch handshake.received(hello) {
        case .refuse(let reason):
            let isNameWrong = reason == .wrongCertificateName
            let names = TrustDiagnosis.names(of: tls?.peerCertificate)
            end(isNameWrong ? .untrusted(.wrongName(names)) : .refused(reason), telling: reason)
        case .offer(let greeting):
            phase = .offered
            lane = greeting.lane
            remote.node = greeting.node
            remote.incarnation = greeting.incarnation
            pause()
            host.offered(id, greeting, from: context?.channel.remoteAddress?.plainHost)
        }
    }

    private func refused(_ envelope: RefusalEnvelope) {
        host.refused(id, by: envelope.refusal)
        let isNameWrong = envelope.refusal.reason == .wrongCertificateName
        let names = TrustDiagnosis.names(of: ownCertificate)
        end(isNameWrong ? .untrustedByPeer(.wrongName(names)) : .refusedByPeer(envelope.refusal))
    }

    private func pong(_ frame: Frame) {
        guard lane == .main else { return }
        guard frame.payload.count <= Limits.handshakeFrameBytes else { return end(.garbage("a ping that is too long")) }
        _ = queue.send(control: true) { writer, _ in
            (try? writer.frame(.pong, stream: frame.stream) { writer in writer.raw(frame.payload) }) != nil
        }
        if !isReading { drain() }
    }

    private func ponged(_ frame: Frame) {
        var reader = frame.reader
        guard let pong = try? PingEnvelope(from: &reader) else { return end(.garbage("a pong that is none")) }
        if let challenge, pong.number >= challenge {
            self.challenge = nil
            host.answered(id)
        }
    }

    private func announced(_ frame: Frame, _ connection: PeerConnection) {
        var reader = frame.reader
        guard let notice = try? IncarnationNotice(from: &reader) else {
            return end(.garbage("an incarnation that is none"))
        }
        // It may be told twice, when it is announced just as the connection comes up.
        guard notice.new != connection.incarnation else { return }
        let old = connection.change(to: notice.new)
        host.announced(id, notice.new)
        host.receiver.incarnationChanged(of: connection, from: old)
    }
}
