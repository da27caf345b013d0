// SPDX-License-Identifier: Apache-2.0

import Distributed
import Foundation
import Logging
import TestSupport
import Testing

@testable import HubTransport
@testable import ProcessHub

/// The certificates that are committed beside the tests of the transport.
private enum Certificates {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "HubTransportTests/Certificates")

    static func tls(_ name: String, in folder: URL = folder) -> TLS {
        TLS(
            certificateChain: folder.appending(path: "\(name).pem").path,
            privateKey: folder.appending(path: "\(name).key").path, authority: folder.appending(path: "ca.pem").path)
    }

    static func node(_ name: NodeName, _ tls: TLS, discovery: Discovery = .none) -> Node {
        Node(
            name: name, discovery: discovery, cluster: testCluster, tls: tls, callDeadline: patience,
            logger: quietLogger())
    }

    /// A folder with copies of files, under the names that a node of these tests looks for.
    static func copies(of name: String) throws -> URL {
        let copies = FileManager.default.temporaryDirectory.appending(path: "certificates-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: copies, withIntermediateDirectories: true)
        try replace(in: copies, by: name)
        try Data(contentsOf: folder.appending(path: "ca.pem")).write(to: copies.appending(path: "ca.pem"))
        return copies
    }

    static func replace(in copies: URL, by name: String) throws {
        for ending in ["pem", "key"] {
            try Data(contentsOf: folder.appending(path: "\(name).\(ending)"))
                .write(to: copies.appending(path: "b.\(ending)"), options: .atomic)
        }
    }
}

@Suite("Node with certificates", .live)
struct NodeTrustTests {
    @Test("two nodes that show each other certificates call each other both ways")
    func bothWays() async throws {
        let (a, b) = (Certificates.node("a", Certificates.tls("a")), Certificates.node("b", Certificates.tls("b")))
        let near = try Hub("h", on: a) { $0.processes = [Bench.self] }
        let far = try Hub("h", on: b) { $0.processes = [Bench.self] }
        try await running(a, b) {
            try a.connect(to: await b.whenListening())
            let pair = Pair(near: near, far: far)
            try await pair.placeFar(Bench.self, id: "f", .init(start: 1))
            try await pair.placeNear(Bench.self, id: "n", .init(start: 2))
            #expect(try await near.process("f", as: Bench.self).value == 1)
            #expect(try await far.process("n", as: Bench.self).value == 2)
        }
    }

    @Test(
        "a call to a node whose certificate is refused waits until its deadline and says why",
        arguments: [
            ("b-expired", "expired"), ("b-not-yet-valid", "not yet valid"), ("b-wrong-authority", "authority"),
            ("b-wrong-name", "is for x"),
        ])
    func refused(file: String, words: String) async throws {
        let (a, b) = (Certificates.node("a", Certificates.tls("a")), Certificates.node("b", Certificates.tls(file)))
        let (near, far) = (try Hub("h", on: a), try Hub("h", on: b) { $0.processes = [Bench.self] })
        try await running(a, b) {
            try a.connect(to: await b.whenListening())
            let route = try await far.place(Bench.self, id: "c", .init())
            near.learn("c", kind: Bench.kind, at: route)
            let bench = try near.process("c", as: Bench.self)
            // The first refusal may come later than the deadline of the first call.
            try await eventually {
                let begun = ContinuousClock.now
                let error = await failure { try await withDeadline(.seconds(2)) { try await bench.nothing() } }
                #expect(error?.code == .deadlineExceeded && error?.outcome == .notExecuted)
                #expect(ContinuousClock.now - begun >= .seconds(2))
                return error?.message.contains(words) == true
            }
        }
    }

    @Test("certificates are read anew when they are asked for; unusable ones are refused and the old ones stay")
    func reload() async throws {
        let files = try Certificates.copies(of: "b-expired")
        defer { try? FileManager.default.removeItem(at: files) }
        let (a, b) = (
            Certificates.node("a", Certificates.tls("a")), Certificates.node("b", Certificates.tls("b", in: files))
        )
        #expect(await failure { try b.reloadCertificates() }?.code == .nodeNotRunning)
        try await running(a, b) {
            try a.connect(to: await b.whenListening())
            try await eventually { a.calls.switchboard?.failuresOfUnknown.isEmpty == false }
            try Data().write(to: files.appending(path: "b.key"))
            #expect(await failure { try b.reloadCertificates() }?.code == .untrusted)
            try Certificates.replace(in: files, by: "b")
            try b.reloadCertificates()
            try await eventually { a.calls.switchboard?.connection(to: "b") != nil }
        }
    }

    @Test("a node notices by itself that the files of its certificates were replaced")
    func watch() async throws {
        let files = try Certificates.copies(of: "b-expired")
        defer { try? FileManager.default.removeItem(at: files) }
        let tls = Certificates.tls("b", in: files)
        let (a, b) = (Certificates.node("a", Certificates.tls("a")), Certificates.node("b", tls))
        try await running(a, b) {
            let address = try await b.whenListening()
            let switchboard = try #require(b.calls.switchboard)
            let watch = CertificateWatch(
                TLSFiles(certificateChain: tls.certificateChain, key: tls.privateKey, authority: tls.authority))
            let look = Task { await b.reload(watch, every: .milliseconds(1), switchboard) }
            defer { look.cancel() }
            try a.connect(to: address)
            try await eventually { a.calls.switchboard?.failuresOfUnknown.isEmpty == false }
            #expect(a.calls.switchboard?.connection(to: "b") == nil)
            try Certificates.replace(in: files, by: "b")
            try await eventually { a.calls.switchboard?.connection(to: "b") != nil }
        }
    }

    @Test("every change of a file counts once: its content, its replacement, its absence")
    func changes() throws {
        let files = try Certificates.copies(of: "b")
        defer { try? FileManager.default.removeItem(at: files) }
        let key = files.appending(path: "b.key")
        var watch = CertificateWatch(
            TLSFiles(
                certificateChain: files.appending(path: "b.pem").path, key: key.path,
                authority: files.appending(path: "ca.pem").path))
        let isNew = watch.hasChanged()
        #expect(!isNew)
        let content = try Data(contentsOf: key)
        for change in [
            { try content.write(to: key, options: .atomic) }, { try (content + Data("\n".utf8)).write(to: key) },
            { try FileManager.default.removeItem(at: key) }, { try content.write(to: key) },
        ] {
            try change()
            let (first, second) = (watch.hasChanged(), watch.hasChanged())
            #expect(first && !second)
        }
    }
}
