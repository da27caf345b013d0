// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import HubCore
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import TestSupport
internal import Testing

@testable import HubTransport

@Suite("ReadRound", .live)
struct ReadRoundTests {
    @Test("what had arrived while the loops stood still is handed on first", arguments: [1, 2])
    func readsFirst(threads: Int) async throws {
        let (near, far) = (MultiThreadedEventLoopGroup(numberOfThreads: threads), MultiThreadedEventLoopGroup.singleton)
        let a = try await TestNode.start("a") { $0.eventLoops = near }
        let b = try await TestNode.start("b") { $0.eventLoops = far }
        b.switchboard.add(seed: a.address)
        _ = try await a.connection(to: "b")
        let connection = try await b.connection(to: "a")

        // The loops of `a` stand still while `b` sends.
        let hold = DispatchSemaphore(value: 0)
        let held = DispatchGroup()
        for loop in near.makeIterator() {
            held.enter()
            loop.execute {
                held.leave()
                hold.wait()
            }
        }
        await withCheckedContinuation { done in held.notify(queue: .global()) { done.resume() } }
        for stream in 1...50 { connection.send(stream: UInt64(stream), [UInt8](repeating: 7, count: 100)) }
        try await eventually("everything is written") {
            connection.outbound.isIdle
        }
        let seen = Mutex<Int?>(nil)
        ReadRound.after(on: near) { seen.withLock { $0 = a.recorder.now.frameCount } }
        for _ in 0..<threads { hold.signal() }
        let count = try await eventually("the round ends") { seen.withLock { $0 } }
        #expect(count == 50)
        await a.stop()
        await b.stop()
        try await near.shutdownGracefully()
    }

    @Test("a round ends also when nothing is to be read, again and again")
    func nothing() async throws {
        for _ in 0..<20 {
            let ended = Mutex(false)
            ReadRound.after { ended.withLock { $0 = true } }
            try await eventually("the round ends") { ended.withLock { $0 } }
        }
    }
}
