// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import ProcessHub

/// A node of the demo as its parent sees it: an operating-system process that ends when its standard input closes.
final class NodeProcess: Sendable {
    let name: String
    let file: TallyFile
    private let program: OwnProgram
    private let status: StatusDirectory

    typealias Failure = OwnProgram.Failure

    /// Starts this very program in the role of a node.
    init(_ name: String, plan: DemoPlan, seed: String?, folder: URL, status: StatusDirectory) throws {
        let path = folder.appending(path: "\(name).tally").path
        let layout = TallyLayout(members: plan.members.count, clients: plan.clients)
        file = try TallyFile(path: path, layout: layout)
        program = try OwnProgram(
            [
                "demo-node", "--name", name, "--cluster", "demo-\(getpid())", "--processes", "\(plan.members.count)",
                "--clients", "\(plan.clients)",
            ]
                + ["--tally", path, "--status", status.path] + (seed.map { ["--seed", $0] } ?? []))
        self.name = name
        self.status = status
    }

    var processIdentifier: Int32 { program.processIdentifier }

    /// Whom the node sees, by its status file.
    var view: [String] {
        let status = status.statuses().first { $0.node == name }
        return status?.view?.members.map(\.name) ?? []
    }

    func tell(_ fact: DemoFact) throws { try program.tell(fact) }

    /// Waits for a certain line.
    ///
    /// - Throws: ``Failure`` if the node failed, ended or kept silent for 30 s.
    func hear<T: Sendable>(_ pick: @escaping @Sendable (DemoNews) -> T?) async throws -> T {
        try await withThrowingTaskGroup(of: T.self) { group in
            group.addTask { try await self.next(pick) }
            group.addTask {
                try await Task.sleep(for: .seconds(30))
                throw Failure(description: "node \(self.name) kept silent for 30 s")
            }
            defer { group.cancelAll() }
            guard let heard = try await group.next() else { throw CancellationError() }
            return heard
        }
    }

    private func next<T>(_ pick: (DemoNews) -> T?) async throws -> T {
        for await line in program.lines {
            let news = try JSONLine.value(line, as: DemoNews.self)
            if case .failed(let reason) = news { throw Failure(description: "node \(name) failed: \(reason)") }
            if let picked = pick(news) { return picked }
        }
        try Task.checkCancellation()
        throw Failure(description: "node \(name) ended")
    }

    func kill() { program.kill() }

    func close() { program.close() }
}
