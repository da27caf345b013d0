// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Foundation
internal import Logging
internal import ProcessHub

/// One node of the storm: does as its standard input says until that closes.
struct StormNodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm-node", abstract: "One node of the storm.", shouldDisplay: false)

    @Option var name: String
    @Option var cluster: String
    @Option(parsing: .singleValue) var seed: [String] = []

    func run() async throws {
        // Control-C reaches the whole group of the terminal; the parent decides what it means.
        signal(SIGINT, SIG_IGN)
        let quiet = Logger(label: "storm") { _ in SwiftLogNoOpLogHandler() }
        let node = Node(
            name: NodeName(name), discovery: .seeds(seed), cluster: ClusterName(cluster), logger: quiet)
        let seat = StormSeat(node: node, hub: try Hub("storm", on: node) { $0.processes = [StormProcess.self] })
        let lines = IncomingLines(.standardInput).lines
        do {
            try await node.run { try await seat.play(lines) }
        } catch {
            Stdout.say(StormNews.failed("\(error)"))
            throw ExitCode.failure
        }
    }
}

/// A node with its hub, and what it is told to do with it.
struct StormSeat: Sendable {
    let node: Node
    let hub: Hub

    func play(_ lines: AsyncStream<String>) async throws {
        Stdout.say(StormNews.listening(address: try await node.whenListening()))
        async let _ = tellViews()
        await withTaskGroup(of: Void.self) { work in
            for await line in lines {
                guard let fact = try? JSONLine.value(line, as: StormFact.self) else { continue }
                work.addTask { await perform(fact) }
            }
            Stdout.exitSoon()
        }
    }

    private func tellViews() async {
        for await view in node.views {
            let members = view.members.filter { $0.hubs.contains("storm") }
            Stdout.say(StormNews.sees(members.map(\.name.rawValue)))
        }
    }

    private func perform(_ fact: StormFact) async {
        switch fact {
        case .start(let number, let ids):
            let children = ids.map { Child(StormProcess.self, id: ChildID($0)) }
            let operation = hub.start(children, options: .init(deadline: .seconds(5)))
            await answer(number, ids) {
                let result = try await operation.result
                return (result.started.map { ($0.child, $0.holders) }, result.errors)
            }
        case .stop(let number, let ids):
            let operation = hub.stop(ids.map { ChildID($0) }, options: .init(deadline: .seconds(5)))
            await answer(number, ids) {
                let result = try await operation.result
                return (result.stopped.map { ($0.child, $0.holders) }, result.errors)
            }
        case .crash(let ids):
            for id in ids { try? await process(ChildID(id))?.crash() }
        case .survey(let number, let ids):
            Stdout.say(StormNews.surveyed(number: number, await survey(of: ids)))
        }
    }

    /// Tells what came of a request for each child that it names.
    private func answer(
        _ number: Int, _ ids: [String], _ outcome: () async throws -> (done: [(ChildID, Int)], failed: [ChildFailure])
    ) async {
        var answers: [StormAnswer] = []
        do {
            let (done, failed) = try await outcome()
            answers = done.map { StormAnswer(id: $0.0.rawValue, outcome: .done(holders: $0.1)) }
            answers += failed.map { StormAnswer(id: $0.child.rawValue, outcome: .failed(by: $0.error)) }
        } catch {
            answers = ids.map { StormAnswer(id: $0, outcome: .failed(by: error)) }
        }
        Stdout.say(StormNews.answered(number: number, answers))
    }

    private func process(_ id: ChildID) -> StormProcess? { try? hub.process(id, as: StormProcess.self) }

    /// An instance may outlive the wish for it, so it is asked for, too, what nobody wishes for any more.
    private func survey(of ids: [String]) async -> StormSurvey {
        let known = hub.children().map { ($0.id.rawValue, $0.host?.node.rawValue ?? "") }
        var here: [String] = []
        for id in Set(ids).union(known.map(\.0)).sorted()
        where (try? await process(ChildID(id))?.withLocal({ _ in true })) == true {
            here.append(id)
        }
        return StormSurvey(known: Dictionary(known) { $1 }, here: here)
    }
}

extension StormAnswer.Outcome {
    static func failed(by error: any Error) -> Self {
        (error as? HubError)?.outcome == .notExecuted ? .notDone : .unknown
    }
}
