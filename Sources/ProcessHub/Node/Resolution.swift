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
    ///   - more: is called with what is new, later.
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
        var isFirst = true
        while !Task.isCancelled {
            let pause: Duration
            switch await resolve(name) {
            case .success(let addresses):
                let news = found.add(addresses, completing: isFirst)
                if !news.isEmpty { more(news) }
                isFirst = false
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
        var addresses: Set<PeerAddress> = []
        var unresolved: Int
        var hasBegun = false
    }

    private let state: Mutex<State>
    /// Every name was resolved once.
    let complete = Milestone()

    init(names: Int) {
        state = Mutex(State(unresolved: names))
        if names == 0 { complete.reach() }
    }

    /// - Returns: what is there to begin with; what comes later is told as it comes.
    func begin() -> [PeerAddress] {
        state.withLock { state in
            state.hasBegun = true
            return state.addresses.sorted()
        }
    }

    /// - Returns: what is new and was not told at the beginning.
    func add(_ addresses: [PeerAddress], completing: Bool) -> [PeerAddress] {
        let (news, isComplete) = state.withLock { state in
            var news: [PeerAddress] = []
            for address in addresses where state.addresses.count < Limits.peers {
                if state.addresses.insert(address).inserted { news.append(address) }
            }
            if completing { state.unresolved -= 1 }
            return (state.hasBegun ? news : [], state.unresolved == 0)
        }
        if isComplete { complete.reach() }
        return news
    }
}
