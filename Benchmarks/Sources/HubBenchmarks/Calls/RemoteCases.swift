// SPDX-License-Identifier: Apache-2.0

internal import Floors
internal import Foundation
internal import Harness
internal import Logging
internal import ProcessHub

/// Calls to a process of another node, which is another operating-system process.
struct RemoteCases: Sendable {
    /// `nil` for plain TCP.
    let certificates: String?
    let node: Node
    private let hub: Hub
    private let host: OtherProcess

    /// Starts the hosting node and prepares, not runs, the calling one.
    init(certificates: String?) throws {
        self.certificates = certificates
        host = try OtherProcess(role: ["host"] + (certificates.map { [$0] } ?? []))
        node = Node(
            name: "a", discovery: .seeds([host.words[0]]), tls: Self.tls(certificates, "a"),
            traits: NodeTraits(weight: 0), logger: .quiet)
        hub = try Hub("bench", on: node) { $0.processes = [Adder.self] }
    }

    /// Call when ``node`` runs.
    func cases() async throws -> [Case] {
        let adder = try hub.process("remote", as: Adder.self)
        // The registry of the other node has to arrive.
        while hub.lookup("remote")?.host == nil { try await Task.sleep(for: .milliseconds(5)) }
        let kilobyte = [UInt8](repeating: 7, count: 1024)
        _ = try await adder.increment(by: 1)
        return [1, 32, 256].flatMap { callers in
            [
                Case("\(name) int \(callers)") { time in
                    try await Callers(callers, timesEach: callers == 1, peer: host).run(for: time) { _ in
                        _ = try await adder.increment(by: 1)
                    }
                },
                Case("\(name) 1k \(callers)") { time in
                    try await Callers(callers, timesEach: callers == 1, peer: host).run(for: time) { _ in
                        guard try await adder.take(kilobyte) == 1024 else { throw WrongAnswer() }
                    }
                },
            ]
        }
    }

    private var name: String { certificates == nil ? "remote" : "remote tls" }

    static let bars = [
        Bar("remote int 1", .p50, .atMost(1.3), of: "echo coalesced int 1"),
        Bar("remote int 32", .rate, .atLeast(0.4), of: "echo coalesced int 32"),
        Bar("remote int 256", .rate, .atLeast(0.22), of: "echo coalesced int 256"),
        Bar("remote tls int 32", .rate, .atLeast(0.8), of: "remote int 32"),
        Bar("remote 1k 32", .rate, .atLeast(0.6), of: "remote int 32"),
        Bar("remote tls 1k 32", .rate, .atLeast(0.5), of: "remote int 32"),
    ]

    /// The hosting node: says its address.
    static func host(certificates: String?) async throws {
        let node = Node(name: "b", tls: tls(certificates, "b"), logger: .quiet)
        let hub = try Hub("bench", on: node) { $0.processes = [Adder.self] }
        try await node.run {
            _ = try await hub.start(Adder.self, id: "remote", .init())
            let address = try await node.whenListening()
            try await ServingRole.ready(address)
        }
    }

    private static func tls(_ certificates: String?, _ name: String) -> TLS? {
        certificates.map {
            TLS(certificateChain: "\($0)/\(name).pem", privateKey: "\($0)/\(name).key", authority: "\($0)/ca.pem")
        }
    }
}

extension Logger {
    /// The table is all that a run says.
    static let quiet: Logger = {
        var logger = Logger(label: "benchmarks") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .critical
        return logger
    }()
}
