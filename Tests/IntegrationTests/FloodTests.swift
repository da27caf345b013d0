// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// What thousands of connections at once do to a node in a process of its own, whose memory is nobody else's.
@Suite("Flood", .serialized, .live)
struct FloodTests {
    private static let connections = 3_000
    private static let memory = 16 << 20
    /// The time for handshakes, and a moment.
    private static let freedIn: Duration = Strict.limit(.seconds(6), otherwise: .seconds(60))

    @Test("3 000 connections at once leave a node up, within 16 MiB, and their places are free in 6 s")
    func connections() async throws {
        let town = Town()
        let a = try RunningNode("a", in: town)
        let seed = try await a.address()
        let b = try RunningNode("b", in: town, seeds: [seed])
        try await town.agrees(on: "a", "b")
        let before = try #require(Self.kibibytes("VmRSS", of: a.pid))

        let channels = try await Self.open(at: seed)
        #expect(channels.count > Self.connections * 9 / 10)
        let opened = ContinuousClock.now
        // Every other one says what is no hello; the rest say nothing, and hold their places for as long as they may.
        for index in stride(from: 0, to: channels.count, by: 2) {
            channels[index].writeAndFlush(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"), promise: nil)
        }
        let c = try RunningNode("c", in: town, seeds: [seed])
        try await town.agrees(on: "a", "b", "c")
        _ = try await EventLoopFuture.whenAllComplete(channels.map(\.closeFuture), on: Self.loop).get()
        #expect(ContinuousClock.now - opened < Self.freedIn)

        let most = try #require(Self.kibibytes("VmHWM", of: a.pid))
        #expect((most - before) << 10 < Self.memory, "from \(before) to \(most) KiB")
        // On a machine without time for it, a node may be silent for too long; that says nothing of connections.
        if Strict.isOn { #expect(!a.log.contains(" is dead"), "\(a.log.suffix(2_000))") }
        withExtendedLifetime((b, c)) {}
    }

    /// Opens the connections all at once, and returns those that came about.
    private static func open(at address: String) async throws -> [any Channel] {
        let port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
        let client = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(.seconds(30))
        let futures = (0..<connections).map { _ in client.connect(host: "127.0.0.1", port: port) }
        let results = try await EventLoopFuture.whenAllComplete(futures, on: loop).get()
        return results.compactMap { try? $0.get() }
    }

    private static var loop: any EventLoop { MultiThreadedEventLoopGroup.singleton.any() }

    /// A row of what the system says of a process.
    private static func kibibytes(_ row: String, of process: Int32) -> Int? {
        let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = text?.split(separator: "\n").first { $0.hasPrefix(row + ":") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
    }
}
