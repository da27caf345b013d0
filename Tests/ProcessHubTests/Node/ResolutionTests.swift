// SPDX-License-Identifier: Apache-2.0

import HubCore
import HubTransport
import Synchronization
import TestSupport
import Testing

@testable import ProcessHub

/// A resolver that a test answers for.
private final class TestResolver: Sendable {
    private let answers: Mutex<[String: [Result<[PeerAddress], LookupFault>]]>

    init(_ answers: [String: [Result<[PeerAddress], LookupFault>]]) { self.answers = Mutex(answers) }

    /// The next answer for this name; the last one again and again; none for a name that is not there.
    func answer(_ name: PeerAddress, _ done: @Sendable (Result<[PeerAddress], LookupFault>) -> Void) {
        let answer = answers.withLock { answers -> Result<[PeerAddress], LookupFault>? in
            guard let all = answers[name.host], let first = all.first else { return nil }
            if all.count > 1 { answers[name.host]?.removeFirst() }
            return first
        }
        if let answer { done(answer) }
    }
}

private func address(_ last: Int) -> PeerAddress { PeerAddress(host: "10.0.0.\(last)", port: 7) }

@Suite("Resolution", .live)
struct ResolutionTests {
    /// Runs a resolution until `isDone` says that enough was told, and returns all that was.
    private func told(
        _ names: [String], _ resolver: TestResolver, patience: Duration = .seconds(120),
        until isDone: @Sendable @escaping ([[PeerAddress]]) -> Bool
    ) async throws -> [[PeerAddress]] {
        let told = Mutex<[[PeerAddress]]>([])
        var resolution = Resolution(
            names: names.map { PeerAddress(host: $0, port: 7) }, logger: quietLogger(),
            lookup: { resolver.answer($0, $1) })
        (resolution.interval, resolution.retry, resolution.patience) = (.milliseconds(1), .milliseconds(1), patience)
        let run = Task { [resolution] in
            await resolution.run { found in
                told.withLock { $0.append(found) }
            } more: { found in
                told.withLock { $0.append(found) }
            }
        }
        try await eventually { told.withLock { isDone($0) } }
        run.cancel()
        await run.value
        return told.withLock { $0 }
    }

    @Test("all names are resolved first, then what each stands for is told whenever it was resolved again")
    func adds() async throws {
        let resolver = TestResolver([
            "one": [.success([address(1), address(2)]), .success([address(2), address(3)])],
            "two": [.success([address(2), address(4)])],
        ])
        let later = [[address(2), address(3)], [address(2), address(4)]]
        let told = try await told(["one", "two"], resolver) { told in
            later.allSatisfy { told.dropFirst().contains($0) }
        }
        #expect(Set(told[0]).isSuperset(of: [address(2), address(4)]))
        #expect(told.dropFirst().allSatisfy { later.contains($0) || $0 == [address(1), address(2)] })
    }

    @Test("a name that cannot be resolved is tried again for ever")
    func retries() async throws {
        let faults = [Result<[PeerAddress], LookupFault>](repeating: .failure(LookupFault(reason: "no")), count: 20)
        let resolver = TestResolver(["one": faults + [.success([address(1)])]])
        let told = try await told(["one"], resolver) { !$0.isEmpty }
        #expect(told.first == [address(1)])
    }

    @Test("a resolver that does not answer is waited for so long and no longer, and can be cancelled")
    func silent() async throws {
        let resolver = TestResolver(["one": [.success([address(1)])]])
        let told = try await told(["one", "silent"], resolver, patience: .milliseconds(20)) { !$0.isEmpty }
        #expect(told.first == [address(1)])
    }

    @Test("without names it begins at once, with nothing")
    func none() async throws {
        #expect(try await told([], TestResolver([:])) { !$0.isEmpty } == [[]])
    }

    @Test("the system's resolver is asked: localhost is a loopback address, an invalid name has none")
    func system() async throws {
        let answers = Mutex<[String: Result<[PeerAddress], LookupFault>]>([:])
        for host in ["localhost", "no-such-host.invalid"] {
            NameLookup.resolve(PeerAddress(host: host, port: 7)) { answer in
                answers.withLock { $0[host] = answer }
            }
        }
        try await eventually { answers.withLock { $0.count == 2 } }
        let found = try answers.withLock { try $0["localhost"]?.get() } ?? []
        #expect(!found.isEmpty && found.allSatisfy { $0.isLoopback && $0.port == 7 })
        #expect(throws: LookupFault.self) { try answers.withLock { try $0["no-such-host.invalid"]?.get() } }
    }

    @Test(
        "a name that can be none, and a port that is none, are refused when the node runs",
        arguments: [("", 7), ("a b", 7), ("a", 0), ("a", 65_536), ("a", -1)])
    func refused(host: String, port: Int) async {
        let node = testNode("a", discovery: .all([.seeds(["127.0.0.1:1"]), .dns(host, port: port)]))
        #expect(await failure { try await node.run() }?.code == .invalidConfiguration)
    }
}
