// SPDX-License-Identifier: Apache-2.0

package import HubCore
internal import HubWire
internal import NIOCore
internal import Synchronization

/// A node's connections: listens, dials, admits, and knows which connection leads to which peer.
package final class Switchboard: Sendable {
    private struct State {
        var listener: (any Channel)?
        var hasStarted = false
        var isLeaving = false
        /// What was wanted before the node listens, which its hello tells.
        var early: [Wish] = []
    }

    private typealias Wish = @Sendable (inout LinkMachine, Instant) -> [LinkAction]

    private let settings: TransportSettings
    private let driver: LinkDriver
    private let state = Mutex(State())
    private let done: EventLoopPromise<Void>

    package init(settings: TransportSettings, receiver: any TransportReceiver) {
        self.settings = settings
        driver = LinkDriver(settings: settings, receiver: receiver)
        done = driver.loop.makePromise()
    }

    deinit {
        // One that was told to leave fulfills its promise itself, while its loops are sure to run.
        if !state.withLock({ $0.isLeaving }) { done.succeed() }
    }

    /// Begins to listen, if an address was given, and to dial.
    ///
    /// - Throws: ``HubError`` with ``HubError/Code/listenFailed``, ``HubError/Code/untrusted`` if the certificates are
    ///   not usable, ``HubError/Code/invalidConfiguration`` for an address that needs TLS; nothing was started.
    /// - Returns: where the node listens.
    package func start() async throws(HubError) -> PeerAddress? {
        try validate()
        if settings.tls != nil { try loadCertificates() }
        let bound = try await listen()
        let early = state.withLock { state in
            state.hasStarted = true
            defer { state.early = [] }
            return state.early
        }
        for seed in settings.seeds { add(seed: seed) }
        for wish in early { driver.step(wish) }
        return bound
    }

    /// Serves until the task is cancelled or ``shutdown()`` was called, then closes every connection.
    package func run() async {
        await withTaskCancellationHandler {
            try? await done.futureResult.get()
        } onCancel: {
            leave()
        }
    }

    /// Adds an address that may lead to another node; it is dialed for ever.
    package func add(seed: PeerAddress) {
        wish { machine, now in machine.add(seed: seed, at: now) }
    }

    /// Dials the address no more; what is open to whoever is there stays.
    package func remove(seed: PeerAddress) {
        wish { machine, _ in
            machine.remove(seed: seed)
            return []
        }
    }

    /// Dials a node of which name and address are known, for ever.
    package func want(_ node: NodeName, at address: PeerAddress) {
        wish { machine, now in machine.want(node, at: address, now: now) }
    }

    /// A node is no member any more: it is dialed no longer, and what is open to this life of it is closed. Seeds go on
    /// being dialed.
    package func forget(_ node: NodeName, _ incarnation: Incarnation) {
        wish { machine, _ in machine.forget(node, incarnation) }
    }

    /// The open connection to a node, if there is one.
    package func connection(to node: NodeName) -> PeerConnection? { driver.directory.connection(to: node) }

    /// Every open connection, in no order.
    package var connections: [PeerConnection] { driver.directory.connections }

    /// What went wrong last with this node, unless it was connected since.
    package func lastFailure(of node: NodeName) -> TransportEvent? { driver.directory.failure(of: node) }

    /// What went wrong last at this address, unless it led to a connection since.
    package func lastFailure(at address: PeerAddress) -> TransportEvent? {
        driver.directory.failure(at: address.description)
    }

    /// What went wrong last at addresses of which it is not known which node is there; a few of them.
    package var failuresOfUnknown: [TransportEvent] { driver.directory.failuresOfUnknown }

    /// Reads the certificates anew, for later connections.
    ///
    /// - Throws: ``HubError`` with ``HubError/Code/untrusted``; the old ones stay in use.
    package func reloadCertificates() throws(HubError) {
        guard settings.tls != nil else { return }
        do {
            try loadCertificates()
        } catch {
            driver.receiver.report(.certificatesKept(error))
            throw error
        }
        driver.receiver.report(.certificatesReloaded)
    }

    /// When the node's certificates end, in seconds since 1970; `nil` without TLS.
    package var certificateEnd: Int64? { driver.trust.withLock { $0?.end } }

    /// The living node goes on under a new incarnation: tells every peer on its open connections.
    package func announce(_ incarnation: Incarnation) {
        let old = driver.identity.withLock { identity in
            defer { identity.incarnation = incarnation }
            return identity.incarnation
        }
        driver.step { machine, _ in
            machine.become(incarnation)
            return []
        }
        let notice = IncarnationNotice(old: old, new: incarnation)
        for connection in connections { connection.announce(notice) }
    }

    /// Says goodbye on every connection, writes what is queued, at most for a second, and closes everything.
    package func shutdown() async {
        leave()
        try? await done.futureResult.get()
    }
}

extension Switchboard {
    private func wish(_ wish: @escaping Wish) {
        let isEarly = state.withLock { state in
            if !state.hasStarted, state.early.count < settings.limits.peers { state.early.append(wish) }
            return !state.hasStarted
        }
        if !isEarly { driver.step(wish) }
    }

    private func validate() throws(HubError) {
        try settings.identity.node.validate()
        try settings.identity.cluster.validate()
        guard settings.tls == nil else { return }
        let outside =
            (settings.listen.map { $0.isLoopback ? [] : [$0.description] } ?? [])
            + settings.seeds.filter { !$0.isLoopback }.map(\.description)
        guard let first = outside.first else { return }
        throw HubError(
            .invalidConfiguration, "\(Escaped(first)) is not on loopback, so it needs TLS", outcome: .notExecuted)
    }

    private func loadCertificates() throws(HubError) {
        guard let files = settings.tls else { return }
        let contexts = try TrustContexts(files: files)
        driver.trust.withLock { $0 = contexts }
    }

    private func listen() async throws(HubError) -> PeerAddress? {
        guard let address = settings.listen else { return nil }
        do {
            let channel = try await driver.bind(address).get()
            state.withLock { $0.listener = channel }
            let port = UInt16(clamping: channel.localAddress?.port ?? 0)
            driver.identity.withLock { $0.port = port }
            if state.withLock({ $0.isLeaving }) { channel.close(promise: nil) }
            return PeerAddress(host: channel.localAddress?.ipAddress ?? address.host, port: port)
        } catch {
            throw HubError(
                .listenFailed, "cannot listen on \(Escaped(address.description))", outcome: .notExecuted, cause: error)
        }
    }

    private func leave() {
        let listener = state.withLock { state -> (any Channel)?? in
            guard !state.isLeaving else { return .none }
            state.isLeaving = true
            return .some(state.listener)
        }
        guard case .some(let listener) = listener else { return }
        let closed = listener?.close(mode: .all) ?? driver.loop.makeSucceededVoidFuture()
        let driver = driver
        closed.recover { _ in }
            .flatMap { driver.leave() }
            .cascade(to: done)
    }
}
