// SPDX-License-Identifier: Apache-2.0

internal import Distributed
package import Harness

/// The cases that need nothing of the library and that its figures are divided by.
package enum FloorCases {
    package static func actors() throws -> [Case] {
        [plainCall(), try bareCall(), try bareCalls()]
    }

    /// Each server is a process of its own and lives as long as the cases do.
    package static func echoes(certificates: String) async throws -> [Case] {
        var cases: [Case] = []
        for flushing in Flushing.allCases {
            for tls in [false, true] {
                let role = ["echo", flushing.rawValue] + (tls ? [certificates] : [])
                let server = try OtherProcess(role: role)
                guard let port = server.words.first.flatMap({ Int($0) }) else { continue }
                let client = try await EchoClient.connect(port: port, flushing, certificates: tls ? certificates : nil)
                cases += self.cases(client, server, "\(flushing)\(tls ? " tls" : "")")
            }
        }
        return cases
    }

    private static func cases(_ client: EchoClient, _ server: OtherProcess, _ kind: String) -> [Case] {
        [("int", EchoFrame.requestPayload), ("1k", EchoFrame.requestPayload + 1024)].flatMap { name, bytes in
            [1, 32, 256].map { callers in
                Case("echo \(kind) \(name) \(callers)") { time in
                    try await Callers(callers, timesEach: callers == 1, peer: server).run(for: time) { caller in
                        let answer = try await client.call(Int64(caller), bytes: bytes)
                        guard answer == Int64(caller) + 1 else { throw WrongAnswer() }
                    }
                }
            }
        }
    }

    private static func plainCall() -> Case {
        let counter = PlainCounter()
        return Case("plain actor 1") { time in
            try await Callers(1).run(for: time) { _ in _ = await counter.increment(by: 1) }
        }
    }

    private static func bareCall() throws -> Case {
        let system = BareSystem()
        let counter = try BareCounter.resolve(id: BareCounter(actorSystem: system).id, using: system)
        return Case("bare target 1") { time in
            try await Callers(1).run(for: time) { _ in _ = try await counter.increment(by: 1) }
        }
    }

    private static func bareCalls() throws -> Case {
        let system = BareSystem()
        let counters = try (0..<256).map { _ in
            try BareCounter.resolve(id: BareCounter(actorSystem: system).id, using: system)
        }
        return Case("bare target 256 to 256") { time in
            try await Callers(256).run(for: time) { _ = try await counters[$0].increment(by: 1) }
        }
    }
}

/// A reply reached the wrong caller.
package struct WrongAnswer: Error {
    package init() {}
}
