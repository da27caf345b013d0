// SPDX-License-Identifier: Apache-2.0

import Distributed
import Synchronization

@testable import ProcessHub

/// A process whose life the tests prescribe, and which tells of it.
distributed actor Subject: HubProcess {
    /// What an instance is to do.
    struct Script: Sendable {
        var journal = Journal()
        /// The initializer waits for it.
        var beginning: Latch?
        /// The turn `hold` waits for it.
        var turn = Latch()
        var throwsFromInit = false
        var stopsFromInit = false
        /// What `run()` does after it told that it began.
        var body: @Sendable (isolated Subject) async throws -> Void = { _ in }
        /// What `terminate` does before it tells that it was called.
        var end: @Sendable () async -> Void = {}
    }

    struct Broken: Error {}

    /// Which script an instance plays.
    struct Arguments: Codable, Sendable {
        private static let scripts = Mutex<[Script]>([])
        private var number: Int

        init(_ script: Script) {
            number = Self.scripts.withLock { scripts in
                scripts.append(script)
                return scripts.count - 1
            }
        }

        var script: Script { Self.scripts.withLock { $0[number] } }
    }

    @TaskLocal static var inherited = "nothing"
    let script: Script

    init(_ arguments: Arguments, actorSystem: HubActorSystem) async throws {
        self.actorSystem = actorSystem
        script = arguments.script
        script.journal.note("init")
        await script.beginning?.wait()
        if script.throwsFromInit { throw Broken() }
        if script.stopsFromInit { context.stop() }
    }

    func run() async throws {
        script.journal.note("run")
        try await script.body(self)
    }

    func terminate(_ reason: TerminationReason) async {
        await script.end()
        script.journal.note("terminate \(reason)")
    }

    distributed func touch() -> Int { 1 }

    /// Asks to be stopped and then goes on for a moment.
    distributed func stopAndGoOn() async throws -> Int {
        context.stop()
        try await Task.sleep(for: .milliseconds(50))
        return 7
    }

    /// Asks to be stopped and then ends only when it is cancelled.
    distributed func stopAndStay() async throws {
        context.stop()
        try await Task.sleep(for: .seconds(60))
    }

    /// Runs until the latch of the test opens, whoever cancels it.
    distributed func hold() async -> Int {
        script.journal.note("turn")
        await script.turn.wait()
        return 8
    }
}

extension Hub {
    /// Places a subject.
    func place(_ id: ChildID, _ script: Subject.Script) async throws -> Route {
        try await place(Subject.self, id: id, .init(script))
    }
}
