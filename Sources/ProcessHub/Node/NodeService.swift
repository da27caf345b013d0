// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import Logging
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals

extension Node {
    /// Runs the node until its `ServiceGroup` shuts down gracefully or its task is cancelled, then leaves: processes are
    /// stopped, what runs is awaited, replies go out, and only then connections close.
    ///
    /// A process gets its child's `shutdown` time, 5 seconds by default, to end its turns and its `run()`, and 5 seconds
    /// more for `terminate`. What ignores its
    /// cancellation for longer is named in the log and left behind: it may still run when this returns.
    ///
    /// - Throws: ``HubError`` if a setting is invalid, a certificate cannot be read, the address cannot be listened on, or
    ///   the node has run before; nothing was started then. ``HubError`` with ``HubError/Code/nameTaken``, outcome
    ///   `executed`, once the node has left because another node of its name was in the cluster before it: of two nodes
    ///   with one name the later one ends, and closes its connections first. Where a connection alone refuses a node that
    ///   has run for 30 seconds it stays, and says so in the log, until members tell which of the two goes.
    public func run() async throws {
        try life.begin()
        defer { life.end() }
        do {
            try await serve()
        } catch {
            // Calls that waited for the node to run are told that it never will.
            calls.shutDown()
            throw error
        }
        if let fault = life.leftBecause { throw fault }
    }

    private func serve() async throws(HubError) {
        try validateCallDeadline()
        try validateTraits()
        let settings = try plan.settings()
        let names = try plan.names()
        try statusDirectory?.prepare()
        watchName()
        let membership = makeDriver(settings)
        let switchboard = Switchboard(
            settings: settings, receiver: Reception(calls: calls, membership: membership, residents: residents))
        let bound = try await switchboard.start()
        calls.connect(switchboard)
        let status = try statusDirectory.map { directory throws(HubError) in
            try StatusBoard(directory, settings.identity, address: bound, logger: logger, meters: calls.meters)
        }
        membership.show(on: status)
        logger.info("listening", metadata: ["address": "\(bound.map(String.init(describing:)) ?? "nowhere")"])
        self.membership.withLock { $0 = membership }
        residents.begin()
        life.begin(listeningAt: bound)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Returns on a graceful shutdown and on cancellation.
                try? await gracefulShutdown()
                self.life.leave()
            }
            group.addTask { await self.discover(names, besides: settings.seeds, at: bound, for: membership) }
            if let tls = settings.tls {
                let watch = CertificateWatch(tls)
                group.addTask { await self.reload(watch, every: Limits.certificateLook, switchboard) }
            }
            if let status { group.addTask { await status.refresh() } }
            await self.life.untilLeaving()
            // The connections stay open until this is through, even if this very task is cancelled.
            await self.leave(switchboard, membership)
            group.cancelAll()
        }
        await status?.remove()
    }

    private func validateTraits() throws(HubError) {
        guard !traits.isAcceptable else { return }
        let rules =
            "a weight of 0 to 1e9, a zone and at most \(Limits.labelsPerNode) labels, each of at most "
            + "\(Limits.nameBytes) bytes and without control characters"
        throw HubError(.invalidConfiguration, "the traits of node \(name) need \(rules)", outcome: .notExecuted)
    }

    private func validateCallDeadline() throws(HubError) {
        guard calls.callDeadline <= .zero else { return }
        throw HubError(
            .invalidConfiguration, "the call deadline is \(calls.callDeadline), not more than zero",
            outcome: .notExecuted)
    }

    private func makeDriver(_ settings: TransportSettings) -> NodeDriver {
        let machine = NodeMachine(
            name: name, incarnation: settings.identity.incarnation, traits: traits,
            seed: .random(in: 0 ... .max))
        let errands = NodeErrands(
            name: name, calls: calls, life: life, board: board, residents: residents,
            log: MembershipLog(logger: logger, meters: calls.meters), become: become)
        return NodeDriver(machine, errands)
    }

    /// Lets the machine begin, and tells it of the addresses behind names, for as long as the node runs.
    private func discover(
        _ names: [PeerAddress], besides seeds: [PeerAddress], at bound: PeerAddress?, for membership: NodeDriver
    ) async {
        let resolution = Resolution(names: names, logger: logger)
        await resolution.run { found in
            membership.begin(at: bound?.reachable, seeds: seeds, found: found, hubs: self.residents.ids)
        } more: { found in
            membership.post(.candidatesFound(found))
        }
    }

    /// Stops the processes, lets their last replies go out, says goodbye, ends what this node's own callers wait for.
    private func leave(_ switchboard: Switchboard, _ membership: NodeDriver) async {
        membership.post(.drainAsked)
        // A node that is one too many does not keep its name from the other while its processes end.
        if life.leftBecause?.code == .nameTaken { await switchboard.shutdown() }
        if life.leftBecause == nil { await residents.drain(within: Limits.drainDeadline) }
        await instances.stopAll(.shutdown)
        residents.end()
        if life.leftBecause == nil { await membership.leave() }
        calls.shutDown()
        await switchboard.shutdown()
        membership.end()
        self.membership.withLock { $0 = nil }
        logger.info("left")
    }

    /// Runs the node while `body` does, then leaves. SIGTERM cancels the body and leaves.
    ///
    /// - Throws: what ``run()`` throws, and what `body` throws unless the node was told to leave before.
    public func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let errand = Errand(node: self, body: body)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: self, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(
                        service: errand, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm], logger: logger))
        try await group.run()
    }
}

/// What a user does while the node runs.
private struct Errand: Service {
    let node: Node
    let body: @Sendable () async throws -> Void

    func run() async throws {
        try await node.life.untilRunning(atMost: .seconds(60))
        try await cancelWhenGracefulShutdown(body)
    }
}

extension Node {
    /// Asks the node to leave; ``run()`` returns when it has.
    package func leave() { life.leave() }

    /// Where other nodes reach this one, once it runs.
    package func whenListening() async throws(HubError) -> String {
        try await life.untilRunning(atMost: .seconds(60))
        return life.listeningAddress.map(String.init(describing:)) ?? ""
    }

    /// Adds an address that may lead to another node.
    package func connect(to address: String) throws(HubError) {
        let address = try PeerAddress(parsing: address)
        calls.switchboard?.add(seed: address)
        membership.withLock { $0 }?.post(.candidatesFound([address]))
    }
}

extension PeerAddress {
    /// Where others reach a node that listens here; `nil` for every address of the machine, of which they have to find
    /// one themselves.
    fileprivate var reachable: PeerAddress? { host == "0.0.0.0" || host == "::" ? nil : self }
}
