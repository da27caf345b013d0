// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import HubCore
internal import HubTransport
internal import HubWire
internal import NIOCore
internal import NIOPosix
import TestSupport
internal import Testing

/// The committed certificates.
enum Certificates {
    static func path(_ file: String) -> String {
        Bundle.module.resourceURL?.appending(path: "Certificates/\(file)").path ?? file
    }

    static func files(_ name: String, authority: String = "ca") -> TLSFiles {
        TLSFiles(
            certificateChain: path("\(name).pem"), key: path("\(name).key"), authority: path("\(authority).pem"))
    }
}

@Suite("Trust", .live)
struct TrustTests {
    @Test("two nodes with good certificates connect, and their frames arrive")
    func good() async throws {
        let a = try await TestNode.start("a") { $0.tls = Certificates.files("a") }
        let b = try await TestNode.start("b") {
            $0.tls = Certificates.files("b")
            $0.seeds = [a.address]
        }
        let toA = try await b.connection(to: "a")
        let bytes = [UInt8](repeating: 7, count: 300_000)
        for number in 0..<20 { #expect(toA.send(stream: UInt64(number), bytes) == .queued) }
        try await eventually("frames arrive") { a.recorder.now.frameBytes == 20 * 300_000 }
        await b.stop()
        await a.stop()
    }

    /// A bad certificate, what the node that meets it says, and what its owner is told.
    struct Case: Sendable, CustomTestStringConvertible {
        let file: String
        let seen: TrustFault
        let told: TrustFault
        var testDescription: String { file }
    }

    static let cases = [
        Case(file: "b-expired", seen: .expired, told: .expired),
        Case(file: "b-not-yet-valid", seen: .notYetValid, told: .notYetValid),
        Case(file: "b-wrong-authority", seen: .wrongAuthority, told: .wrongAuthority),
        Case(file: "b-wrong-name", seen: .wrongName(["x"]), told: .wrongName(["x"])),
    ]

    @Test("a dialer with a bad certificate is refused, and both ends say which fault it is", arguments: cases)
    func badDialer(_ bad: Case) async throws {
        let a = try await TestNode.start("a") { $0.tls = Certificates.files("a") }
        let b = try await TestNode.start("b") {
            $0.tls = Certificates.files(bad.file)
            $0.seeds = [a.address]
        }
        try await eventually("the listener says \(bad.seen), it said \(a.recorder.losses)") {
            a.recorder.losses.contains(.untrusted(bad.seen))
        }
        try await eventually("the dialer is told \(bad.told), it heard \(b.recorder.losses)") {
            b.recorder.losses.contains(.untrustedByPeer(bad.told))
        }
        #expect(a.recorder.now.ups.isEmpty && b.recorder.now.ups.isEmpty)
        #expect("\(try #require(b.switchboard.lastFailure(at: a.address)))".contains("certificate"))
        await b.stop()
        await a.stop()
    }

    @Test(
        "a listener with a bad certificate is refused by who dials it, by name or not", arguments: cases, [true, false])
    func badListener(_ bad: Case, isNamed: Bool) async throws {
        let b = try await TestNode.start("b") { $0.tls = Certificates.files(bad.file) }
        let a = try await TestNode.start("a") { $0.tls = Certificates.files("a") }
        if isNamed { a.switchboard.want("b", at: b.address) } else { a.switchboard.add(seed: b.address) }
        try await eventually("the dialer says \(bad.seen), it said \(a.recorder.losses)") {
            a.recorder.losses.contains(.untrusted(bad.seen))
        }
        try await eventually("the listener is told \(bad.told), it heard \(b.recorder.losses)") {
            b.recorder.losses.contains(.untrustedByPeer(bad.told))
        }
        #expect(a.recorder.now.ups.isEmpty && b.recorder.now.ups.isEmpty)
        let failure = isNamed ? a.switchboard.lastFailure(of: "b") : a.switchboard.lastFailure(at: b.address)
        #expect(failure != nil)
        await b.stop()
        await a.stop()
    }

    @Test("a dialer of another authority refuses the listener")
    func otherAuthority() async throws {
        let a = try await TestNode.start("a") { $0.tls = Certificates.files("a") }
        let b = try await TestNode.start("b") {
            $0.tls = Certificates.files("b", authority: "other-ca")
            $0.seeds = [a.address]
        }
        try await eventually("refused") { b.recorder.losses.contains(.untrusted(.wrongAuthority)) }
        #expect(b.recorder.now.ups.isEmpty)
        await b.stop()
        await a.stop()
    }

    @Test("a node without TLS does not get in where TLS is spoken")
    func plainDialer() async throws {
        let a = try await TestNode.start("a") { $0.tls = Certificates.files("a") }
        let b = try await TestNode.start("b") { $0.seeds = [a.address] }
        try await eventually("the listener names TLS, it said \(a.recorder.losses)") {
            a.recorder.losses.contains { if case .untrusted(.protocolFailure) = $0 { true } else { false } }
        }
        #expect(a.recorder.now.ups.isEmpty && b.recorder.now.ups.isEmpty)
        await b.stop()
        await a.stop()
    }

    @Test("a node with TLS does not talk to a listener without")
    func plainListener() async throws {
        let a = try await TestNode.start("a")
        let b = try await TestNode.start("b") {
            $0.tls = Certificates.files("b")
            $0.seeds = [a.address]
        }
        try await eventually("refused") { !b.recorder.losses.isEmpty && !a.recorder.losses.isEmpty }
        #expect(a.recorder.now.ups.isEmpty && b.recorder.now.ups.isEmpty)
        await b.stop()
        await a.stop()
    }

    @Test("without TLS an address outside loopback is refused before anything is opened")
    func plainOutside() async throws {
        for host in ["0.0.0.0", "192.0.2.1", "example.com", "127.0.0.1.example.com", "::"] {
            await #expect(throws: HubError.self, "\(host)") {
                _ = try await TestNode.start("a") { $0.listen = ListenAddress(host: host, port: 0) }
            }
            await #expect(throws: HubError.self, "\(host)") {
                _ = try await TestNode.start("a") { $0.seeds = [PeerAddress(host: host, port: 7_946)] }
            }
        }
        let a = try await TestNode.start("a")
        a.switchboard.want("b", at: PeerAddress(host: "192.0.2.1", port: 7_946))
        try await eventually("not dialed") { a.recorder.losses.contains(.notLoopback) }
        await a.stop()
    }

    @Test("files that hold no certificate, or a key of another, are refused with the code untrusted")
    func badFiles() async throws {
        let broken = [
            TLSFiles(
                certificateChain: Certificates.path("a.pem"), key: Certificates.path("b.key"),
                authority: Certificates.path("ca.pem")),
            TLSFiles(
                certificateChain: Certificates.path("a.key"), key: Certificates.path("a.key"),
                authority: Certificates.path("ca.pem")),
            Certificates.files("missing"), Certificates.files("a", authority: "missing"),
        ]
        for files in broken {
            do {
                _ = try await TestNode.start("a") { $0.tls = files }
                Issue.record("\(files) was taken")
            } catch let error as HubError {
                #expect(error.code == .untrusted && error.outcome == .notExecuted)
            }
        }
    }

    @Test("certificates read anew serve later connections, bad ones leave the old in use")
    func reload() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        func install(_ name: String) throws {
            for ending in ["pem", "key"] {
                let target = directory.appending(path: "node.\(ending)")
                try? FileManager.default.removeItem(at: target)
                try FileManager.default.copyItem(atPath: Certificates.path("\(name).\(ending)"), toPath: target.path)
            }
        }
        try install("b-expired")
        let a = try await TestNode.start("a") { $0.tls = Certificates.files("a") }
        let b = try await TestNode.start("b") {
            $0.tls = TLSFiles(
                certificateChain: directory.appending(path: "node.pem").path,
                key: directory.appending(path: "node.key").path, authority: Certificates.path("ca.pem"))
            $0.seeds = [a.address]
        }
        try await eventually("refused first") { a.recorder.losses.contains(.untrusted(.expired)) }
        try install("b")
        try b.switchboard.reloadCertificates()
        let connection = try await b.connection(to: "a")
        try FileManager.default.removeItem(at: directory.appending(path: "node.key"))
        #expect(throws: HubError.self) { try b.switchboard.reloadCertificates() }
        #expect(connection.isOpen)
        let told = b.recorder.now.events.map(\.word)
        #expect(told.contains("certificates-reloaded") && told.contains("certificates-kept"))
        // The old certificates still make new connections.
        connection.close(.failed("test"))
        try await eventually("connects again") { b.recorder.now.ups.count == 2 }
        await b.stop()
        await a.stop()
    }
}
