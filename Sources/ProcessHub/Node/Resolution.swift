// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubTransport
internal import Logging
internal import Synchronization

/// Resolves the names behind which other nodes are to be found, again and again, for as long as the node runs.
struct Resolution: Sendable {
    typealias Lookup = @Sendable (PeerAddress, @escaping @Sendable (Result<[PeerAddress], LookupFault>) -> Void) -> Void

    /// Host names, each with the port on which nodes listen.
    let names: [PeerAddress]
    let logger: Logger
    var lookup: Lookup = NameLookup.resolve
    var interval = Limits.resolutionInterval
    var retry = Limits.resolutionRetry
    var patience = Limits.firstResolution

    /// Looks for addresses until the task is cancelled.
    ///
    /// - Parameters:
    ///   - first: is called once, with what was found when every name was resolved, or when it took too long; with
    ///     nothing then, as if there were no such node.
    ///   - more: is called with all that a name stands for, whenever it was resolved again, later.
    func run(
        first: @escaping @Sendable ([PeerAddress]) -> Void, more: @escaping @Sendable ([PeerAddress]) -> Void
    ) async {
        let found = Found(names: names.count)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = await found.complete.wait(atMost: patience)
                first(found.begin())
            }
            for name in names {
                group.addTask { await follow(name, found, more) }
            }
        }
    }

    private func follow(_ name: PeerAddress, _ found: Found, _ more: @Sendable ([PeerAddress]) -> Void) async {
        while !Task.isCancelled {
            let pause: Duration
            switch await resolve(name) {
            case .success(let addresses):
                let known = found.add(addresses, of: name)
                if !known.isEmpty { more(known) }
                pause = interval
            case .failure(let fault):
                logger.warning(
                    "a name cannot be resolved", metadata: ["name": "\(Escaped(name.host))", "fault": "\(fault)"])
                pause = retry
            }
            try? await Task.sleep(for: pause, clock: .continuous)
        }
    }

    /// A lookup that the system does not end is not waited for once the task is cancelled.
    private func resolve(_ name: PeerAddress) async -> Result<[PeerAddress], LookupFault> {
        let race = Race<Result<[PeerAddress], LookupFault>>()
        return await withTaskCancellationHandler {
            lookup(name) { race.offer($0) }
            return await race.value()
        } onCancel: {
            race.offer(.failure(LookupFault(reason: "cancelled")))
        }
    }
}

/// What was found so far.
private final class Found: Sendable {
    private struct State {
        /// What each name stood for last.
        var addresses: [PeerAddress: [PeerAddress]] = [:]
        var hasBegun = false
    }

    private let state = Mutex(State())
    private let names: Int
    /// Every name was resolved once.
    let complete = Milestone()

    init(names: Int) {
        self.names = names
        if names == 0 { complete.reach() }
    }

    /// - Returns: what is there to begin with; what comes later is told as it comes.
    func begin() -> [PeerAddress] {
        state.withLock { state in
            state.hasBegun = true
            return Set(state.addresses.values.joined()).sorted()
        }
    }

    /// - Returns: what the name stands for, unless that is told at the beginning.
    func add(_ addresses: [PeerAddress], of name: PeerAddress) -> [PeerAddress] {
        let addresses = Array(addresses.prefix(Limits.seeds))
        let (hasBegun, isComplete) = state.withLock { state in
            state.addresses[name] = addresses
            return (state.hasBegun, state.addresses.count == names)
        }
        if isComplete { complete.reach() }
        return hasBegun ? addresses : []
    }
}
