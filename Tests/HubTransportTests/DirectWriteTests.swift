// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import HubCore
internal import HubWire
internal import NIOCore
internal import Synchronization
internal import Testing

@testable import HubTransport

/// Frames that their sender writes itself, beside the event loop.
@Suite("Direct writes")
struct DirectWriteTests {
    /// An outbound queue on one end of a pair of sockets, and what arrives at the other.
    private final class Bench {
        let queue = OutboundQueue(limit: 1 << 20)
        private var near: CInt
        let far: CInt
        private let wakes = Wakes()
        private var writes = WriteQueue()

        /// - Parameter room: bytes that the near end holds for a far end that does not read, about.
        init(room: CInt? = nil) {
            (near, far) = Self.connectedPair()
            if var room { setsockopt(near, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<CInt>.size)) }
        }

        deinit {
            queue.close()
            loseChannel()
            close(far)
        }

        /// Two ends of one connection on this machine.
        private static func connectedPair() -> (CInt, CInt) {
            #if os(Linux)
                let stream = CInt(SOCK_STREAM.rawValue)
            #else
                let stream = SOCK_STREAM
            #endif
            let (listener, near) = (socket(AF_INET, stream, 0), socket(AF_INET, stream, 0))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    _ = bind(listener, address, length)
                    _ = getsockname(listener, address, &length)
                    _ = listen(listener, 1)
                    _ = connect(near, address, length)
                }
            }
            defer { close(listener) }
            return (near, accept(listener, nil, nil))
        }

        /// The channel closes its descriptor.
        func loseChannel() {
            if near >= 0 { close(near) }
            near = -1
        }

        func attach() {
            queue.attach(
                wake: { [wakes] in wakes.count.add(1, ordering: .relaxed) },
                direct: DirectWriter(duplicating: near))
        }

        /// A frame of which each byte says which it is.
        func send(_ byte: UInt8, length: Int = 8, control: Bool = false, isAlone: Bool = true) -> SendResult {
            queue.send(control: control, isAlone: isAlone) { writer, _ in
                writer.frame(of: byte, length: length)
                return true
            }
        }

        /// What the event loop would write next.
        func loopTakes() -> [UInt8] {
            queue.take(into: &writes)
            var buffer = ByteBuffer()
            writes.fill(&buffer, slice: 1 << 20)
            queue.wrote(buffer.readableBytes)
            return Array(buffer.readableBytesView)
        }

        func arrived() -> [UInt8] {
            var all: [UInt8] = []
            while let bytes = receive(), !bytes.isEmpty { all += bytes }
            return all
        }

        /// - Returns: nothing at the end of the stream; `nil` if there is nothing yet.
        func receive() -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            let count = recv(far, &bytes, bytes.count, CInt(MSG_DONTWAIT))
            return count < 0 ? nil : Array(bytes[..<count])
        }

        var wakeCount: Int { wakes.count.load(ordering: .relaxed) }
    }

    private final class Wakes: Sendable {
        let count = Atomic<Int>(0)
    }

    private static func frame(_ byte: UInt8, length: Int = 8) -> [UInt8] {
        var writer = ByteWriter()
        writer.frame(of: byte, length: length)
        return writer.bytes
    }

    @Test("a frame that is alone is written by its sender, and nobody is woken", arguments: [false, true])
    func alone(control: Bool) {
        let bench = Bench()
        bench.attach()
        bench.queue.flushed()
        #expect(bench.send(1, control: control) == .queued && bench.send(2, control: control) == .queued)
        #expect(bench.arrived() == Self.frame(1) + Self.frame(2))
        #expect(bench.wakeCount == 0 && bench.queue.isIdle && bench.loopTakes().isEmpty)
    }

    @Test("what is not alone, is large, or comes after what the loop has not written yet, waits for the loop")
    func waits() {
        let bench = Bench()
        bench.attach()
        #expect(bench.send(1) == .queued)
        #expect(bench.wakeCount == 1 && bench.arrived().isEmpty)
        #expect(bench.loopTakes() == Self.frame(1))
        // The loop has it, and the channel may still hold it.
        #expect(bench.send(2) == .queued && bench.wakeCount == 2 && bench.loopTakes() == Self.frame(2))
        bench.queue.flushed()
        #expect(bench.send(3, isAlone: false) == .queued && bench.wakeCount == 3)
        // It is not alone any more: the loop was woken for the one before.
        #expect(bench.send(4) == .queued && bench.wakeCount == 3)
        #expect(bench.arrived().isEmpty && bench.loopTakes() == Self.frame(3) + Self.frame(4))
        bench.queue.flushed()
        #expect(bench.send(5, length: Limits.directWriteBytes + 1) == .queued && bench.wakeCount == 4)
        #expect(bench.loopTakes().count == Limits.directWriteBytes + 5)
    }

    @Test("a frame that is alone does not wait for a loop that will look: only after another does it")
    func expected() {
        let bench = Bench()
        bench.attach()
        bench.queue.flushed()
        bench.queue.expectLoop()
        #expect(bench.send(1) == .queued && bench.arrived() == Self.frame(1))
        #expect(bench.send(2, isAlone: false) == .queued && bench.send(3) == .queued)
        #expect(bench.wakeCount == 0 && bench.arrived().isEmpty)
        #expect(bench.loopTakes() == Self.frame(2) + Self.frame(3))
    }

    @Test("what the system does not take is written by the loop, before everything else, control frames included")
    func torn() {
        let bench = Bench(room: 4_096)
        bench.attach()
        bench.queue.flushed()
        var sent: [UInt8] = []
        var number: UInt8 = 0
        while bench.wakeCount == 0, number < 250 {
            number += 1
            #expect(bench.send(number, length: 3_000) == .queued)
            sent += Self.frame(number, length: 3_000)
        }
        #expect(bench.wakeCount == 1, "the socket was never full")
        #expect(bench.send(251, control: true) == .queued)
        let direct = bench.arrived()
        let last = Self.frame(number, length: 3_000)
        let isTorn = direct.count % last.count > 0
        let expected = isTorn ? sent + Self.frame(251) : sent.dropLast(last.count) + Self.frame(251) + last
        #expect(direct + bench.loopTakes() == expected)
        #expect(bench.queue.isIdle)
    }

    @Test("the rest of a torn frame goes first, however it was torn", arguments: 1..<12)
    func rest(of length: Int) {
        var writes = WriteQueue()
        var torn = [UInt8](repeating: 7, count: length)
        var control = Self.frame(1)
        var calls = Self.frame(2)
        #expect(writes.refill(torn: &torn, control: &control, calls: &calls) == length + 24)
        #expect(writes.count == length + 24)
        var written: [UInt8] = []
        while !writes.isEmpty {
            var slice = ByteBuffer()
            writes.fill(&slice, slice: 16)
            written += Array(slice.readableBytesView)
        }
        #expect(written == [UInt8](repeating: 7, count: length) + Self.frame(1) + Self.frame(2))
    }

    @Test("a connection that ends takes its second descriptor with it: only then the peer sees the end")
    func ends() {
        let bench = Bench()
        bench.attach()
        bench.queue.flushed()
        bench.loseChannel()
        #expect(bench.send(1) == .queued && bench.receive() == Self.frame(1))
        #expect(bench.receive() == nil)
        bench.queue.close()
        #expect(bench.send(3) == .closed)
        #expect(bench.receive() == [])
    }

    @Test("what the peer no longer takes is left to the loop, which finds out why")
    func refused() {
        let bench = Bench()
        bench.attach()
        bench.queue.flushed()
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(bench.far, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        shutdown(bench.far, CInt(SHUT_RDWR))
        #expect(bench.send(1) == .queued)
        #expect(bench.send(2) == .queued && bench.wakeCount == 1)
        #expect(bench.loopTakes().suffix(12) == Self.frame(2))
    }
}

extension ByteWriter {
    fileprivate mutating func frame(of byte: UInt8, length: Int) {
        let body = [UInt8](repeating: byte, count: length)
        var prefix = UInt32(length).bigEndian
        withUnsafeBytes(of: &prefix) { raw($0) }
        body.withUnsafeBytes { raw($0) }
    }
}
