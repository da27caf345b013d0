// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import HubWire
internal import Synchronization
import TestSupport
internal import Testing

/// What happens when more is to be written than is read.
@Suite("Flow", .serialized, .live)
struct FlowTests {
    @Test("a reader that never reads is cut off, and callers hear overloaded before")
    func slowReader() async throws {
        let a = try await TestNode.start("a") {
            $0.limits.silence = .seconds(6)
            $0.limits.pingInterval = .milliseconds(50)
            $0.limits.outboundBytes = 4 << 20
        }
        let client = try await RawClient.connect(to: a.address)
        try await client.becomePeer("x")
        let connection = try await a.connection(to: "x")
        client.stopReading()
        let bytes = [UInt8](repeating: 1, count: 512 << 10)
        var results: Set<SendResult> = []
        for number in 0..<64 { results.insert(connection.send(stream: UInt64(number), bytes)) }
        #expect(results == [.queued, .overloaded])
        // It is not silent: it keeps sending.
        try await eventually("cut off") {
            client.send(RawClient.frame(.ping, PingEnvelope(2, sentNanoseconds: 0)))
            return !a.recorder.now.downs.isEmpty
        }
        // A starved machine may also find that it heard nothing, because it did not come to listen.
        #expect([[.slowReader], [.silent]].contains(a.recorder.now.downs.map(\.1)))
        #expect(connection.send(stream: 1) == .closed && !connection.isOpen)
        await a.stop()
    }

    @Test("a control frame overtakes large calls that wait for a slow reader")
    func overtaking() async throws {
        let a = try await TestNode.start("a") { $0.limits.writeSliceBytes = 16 << 10 }
        let client = try await RawClient.connect(to: a.address)
        try await client.becomePeer("x")
        let connection = try await a.connection(to: "x")
        client.stopReading()
        let bytes = [UInt8](repeating: 1, count: 512 << 10)
        for number in 0..<32 { #expect(connection.send(stream: UInt64(100 + number), bytes) == .queued) }
        // The socket's buffers are full now; what is sent next can only be first in the queue.
        try await eventually("the socket is full") { connection.send(stream: 1) == .queued }
        #expect(connection.send(.control, .machine, stream: 7) == .queued)
        client.startReading()
        try await eventually("everything arrives") {
            client.received.count > 32 * bytes.count && client.frames.contains { $0.1 == 131 }
        }
        let order = client.frames.map(\.1).filter { $0 == 7 || $0 >= 100 }
        let place = try #require(order.firstIndex(of: 7))
        // The kernel may hold up to about 6 MiB that cannot be overtaken; what the transport holds is.
        #expect(place < 16, "the control frame came after \(place) of 32 calls")
        #expect(order.filter { $0 >= 100 } == Array(100..<132))
        await a.stop()
    }

    @Test("the last frame of what was read is known by that while it is handed on")
    func lastFrame() async throws {
        let seen = Mutex<[UInt64: Bool]>([:])
        let a = try await TestNode.start(
            "a",
            recorder: Recorder { _, stream, _, connection in
                seen.withLock { $0[stream] = connection.isAtLastFrame }
            })
        let client = try await RawClient.connect(to: a.address)
        try await client.becomePeer("x")
        _ = try await a.connection(to: "x")
        func frame(_ stream: UInt64) -> [UInt8] { RawClient.frame(.machine, stream: stream, bytes: []) }
        client.send(frame(1))
        try await eventually("the first frame is here") { seen.withLock { $0[1] == true } }
        client.send(frame(2) + frame(3))
        try await eventually("all frames are here") { seen.withLock { $0.count == 3 } }
        #expect(seen.withLock { [$0[2], $0[3]] } == [false, true])
        await a.stop()
    }

    @Test("a peer that falls silent is given up, one that is only idle is not")
    func silence() async throws {
        let a = try await TestNode.start("a") {
            $0.limits.silence = .seconds(6)
            $0.limits.pingInterval = .milliseconds(50)
        }
        let b = try await TestNode.start("b") { $0.seeds = [a.address] }
        _ = try await a.connection(to: "b")
        let client = try await RawClient.connect(to: a.address)
        try await client.becomePeer("x")
        try await eventually("silent") { a.recorder.now.downs.contains { $0.1 == .silent } }
        #expect(a.recorder.now.downs.map(\.0.peer) == ["x"])
        #expect(client.frames.contains { $0.0 == .ping })
        #expect(a.switchboard.connection(to: "b") != nil)
        await b.stop()
        await a.stop()
    }

    @Test("a ping is answered with its own payload")
    func pong() async throws {
        let a = try await TestNode.start("a")
        let client = try await RawClient.connect(to: a.address)
        try await client.becomePeer("x")
        client.send(RawClient.frame(.ping, stream: 3, PingEnvelope(42, sentNanoseconds: 17)))
        try await eventually("answered") { client.frames.contains { $0.0 == .pong && $0.1 == 3 } }
        #expect(a.recorder.now.frameCount == 0)
        await a.stop()
    }

    @Test("frames of every size arrive whole and in order, from many threads at once")
    func sizes() async throws {
        let a = try await TestNode.start("a")
        let b = try await TestNode.start("b") { $0.seeds = [a.address] }
        let connection = try await b.connection(to: "a")
        let sizes = [0, 1, 100, 4_095, 4_096, 65_535, 131_072, 262_144, 1_000_000, (1 << 20) - 2]
        await withTaskGroup(of: Void.self) { group in
            for sender in 0..<4 {
                group.addTask {
                    for (number, size) in sizes.enumerated() {
                        let bytes = [UInt8](repeating: UInt8(sender), count: size)
                        #expect(connection.send(stream: UInt64(sender * 16 + number), bytes) == .queued)
                    }
                }
            }
        }
        try await eventually("all arrive") { a.recorder.now.frameCount == 4 * sizes.count }
        #expect(a.recorder.now.frameBytes == 4 * sizes.reduce(0, +))
        #expect(connection.send(stream: 1, [UInt8](repeating: 0, count: 1 << 20)) == .abandoned)
        await b.stop()
        await a.stop()
    }

    @Test("a method is defined once, before its first use, and a definition that was taken back is made anew")
    func methods() async throws {
        let a = try await TestNode.start("a")
        let b = try await TestNode.start("b") { $0.seeds = [a.address] }
        let connection = try await b.connection(to: "a")
        var numbers: [UInt32?] = []
        for isKept in [false, true, true] {
            let result = connection.send(.calls) { writer, methods in
                numbers.append(methods.number(of: "add(_:)", kind: "Counter", definingIn: &writer))
                return isKept && (try? writer.frame(.call, stream: 1) { writer in writer.u8(1) }) != nil
            }
            #expect(result == (isKept ? .queued : .abandoned))
        }
        #expect(numbers == [0, 0, 0])
        try await eventually("frames arrive") { a.recorder.now.frameCount == 3 }
        #expect(a.recorder.now.frames.map(\.0) == [.defineMethod, .call, .call])
        await b.stop()
        await a.stop()
    }

    @Test("the bulk connection opens when first needed, from either end, and calls are not behind it")
    func bulk() async throws {
        let a = try await TestNode.start("a")
        let b = try await TestNode.start("b") { $0.seeds = [a.address] }
        let toA = try await b.connection(to: "a")
        let toB = try await a.connection(to: "b")
        let chunk = [UInt8](repeating: 3, count: 256 << 10)
        for number in 0..<64 { #expect(toA.send(.bulk, .bulkChunk, stream: UInt64(number), chunk) == .queued) }
        #expect(toA.send(stream: 1_000) == .queued)
        try await eventually("the call arrives") { a.recorder.now.frames.contains { $0.1 == 1_000 } }
        try await eventually("the transfer arrives") { a.recorder.now.frameBytes == 64 * chunk.count }
        for number in 0..<8 { #expect(toB.send(.bulk, .bulkChunk, stream: UInt64(number), chunk) == .queued) }
        try await eventually("the other way too") { b.recorder.now.frameBytes == 8 * chunk.count }
        #expect(a.recorder.now.ups.count == 1 && b.recorder.now.ups.count == 1)
        await b.stop()
        try await eventually("down") { a.switchboard.connections.isEmpty }
        #expect(toB.send(.bulk, .bulkChunk, stream: 1, chunk) == .closed)
        await a.stop()
    }

    @Test("bulk frames to a peer that cannot be dialed back travel on its main connection")
    func bulkToDialOnly() async throws {
        let a = try await TestNode.start("a")
        let b = try await TestNode.start("b") {
            $0.listen = nil
            $0.seeds = [a.address]
        }
        let toB = try await a.connection(to: "b")
        #expect(toB.send(.bulk, .bulkChunk, stream: 4, [1, 2]) == .queued)
        try await eventually("arrives") { b.recorder.now.frames.first?.1 == 4 }
        await b.stop()
        await a.stop()
    }

    @Test("what was queued when a node shuts down still arrives, and goodbye after it")
    func shutdown() async throws {
        let a = try await TestNode.start("a")
        let b = try await TestNode.start("b") { $0.seeds = [a.address] }
        let connection = try await b.connection(to: "a")
        for number in 0..<1_000 { #expect(connection.send(stream: UInt64(number), [1, 2, 3]) == .queued) }
        async let running: Void = b.switchboard.run()
        await b.stop()
        await running
        #expect(connection.send(stream: 1) == .closed)
        try await eventually("everything arrives") { a.recorder.now.downs.map(\.1) == [.goodbye] }
        #expect(a.recorder.now.frameCount == 1_000 && !a.recorder.now.frameOfAClosedConnection)
        #expect(b.recorder.now.downs.count == 1 && b.switchboard.connections.isEmpty)
        await a.stop()
    }

    @Test("run ends when its task is cancelled, with everything closed")
    func cancelled() async throws {
        let a = try await TestNode.start("a")
        let b = try await TestNode.start("b") { $0.seeds = [a.address] }
        _ = try await a.connection(to: "b")
        let running = Task { await b.switchboard.run() }
        running.cancel()
        await running.value
        #expect(b.switchboard.connections.isEmpty && b.recorder.now.downs.count == 1)
        await #expect(throws: (any Error).self) { _ = try await RawClient.connect(to: b.address) }
        await a.stop()
    }

    @Test("a port that is in use is refused with the code listenFailed")
    func listenFailed() async throws {
        let a = try await TestNode.start("a")
        do {
            _ = try await TestNode.start("b") { $0.listen = .loopback(a.address.port) }
            Issue.record("two nodes listen on one port")
        } catch let error as HubError {
            #expect(error.code == .listenFailed)
        }
        await a.stop()
    }
}
