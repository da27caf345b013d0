// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// What can happen in a world.
enum WorldStep: Hashable {
    case begin(Int)
    case hostReads(Int)
    case hostReadsLeftover(Int)
    case callerReads(Int)
    case connectionBreaks(Int)
    case connects(Int)
    case registryLearns(Int)
    case callerGivesUp(Int)
    case deadlinePasses(Int, Waiter)
    case turnEnds(Int, Waiter)
    case turnCallsItself(Int, Waiter)
    case nestedTurnEnds(Int, Waiter)
    case windowForgets(Int, Int)
    case callerDeparts(Int)
    case seals(Int)
    case opens(Int)
    case prepares(Int)
    case commits
    case aborts
    case activates(Int)
    case discards(Int)
    case crashes(Int)
    case restores(Int)
    case splits(Int)
    case resolves
}

extension WorldStep: CustomStringConvertible {
    var description: String {
        switch self {
        case .begin(let call): "call \(call) begins"
        case .hostReads(let host): "\(name(host)) reads a frame"
        case .hostReadsLeftover(let host): "\(name(host)) reads a frame of an older connection"
        case .callerReads(let host): "the caller reads a frame from \(name(host))"
        case .connectionBreaks(let host): "the connection to \(name(host)) breaks"
        case .connects(let host): "the caller connects to \(name(host))"
        case .registryLearns(let count): "the caller's registry learns route \(count)"
        case .callerGivesUp(let call): "the caller of call \(call) gives up"
        case .deadlinePasses(let host, let waiter): "the deadline of \(waiter) passes at \(name(host))"
        case .turnEnds(let host, let waiter): "the turn of \(waiter) ends at \(name(host))"
        case .turnCallsItself(let host, let waiter): "the turn of \(waiter) at \(name(host)) calls its own process"
        case .nestedTurnEnds(let host, let waiter): "the call that \(waiter) made to itself ends at \(name(host))"
        case .windowForgets(let host, let call): "the window at \(name(host)) forgets call \(call)"
        case .callerDeparts(let host): "\(name(host)) believes that the caller's life is over"
        case .seals(let host): "\(name(host)) seals"
        case .opens(let host): "\(name(host)) opens again"
        case .prepares(let host): "the copy of \(name(host)) is prepared at the other host"
        case .commits: "the move is committed"
        case .aborts: "the move is aborted"
        case .activates(let host): "\(name(host)) hears of the commit and activates"
        case .discards(let host): "\(name(host)) hears of the abort and discards its copy"
        case .crashes(let host): "\(name(host)) crashes"
        case .restores(let host): "\(name(host)) activates the best copy"
        case .splits(let host): "\(name(host)) is believed dead, the other host activates"
        case .resolves: "both hosts meet, the lower epoch ends"
        }
    }

    private func name(_ host: Int) -> String { World.names[host].rawValue }
}

extension World: Searchable {
    var steps: [WorldStep] {
        var steps: [WorldStep] = []
        for index in callers.indices { addCallerSteps(index, to: &steps) }
        for host in hosts.indices {
            addLinkSteps(host, to: &steps)
            addTurnSteps(host, to: &steps)
            addMoveSteps(host, to: &steps)
            addLossSteps(host, to: &steps)
        }
        if known < published.count { steps += (known + 1...published.count).map { .registryLearns($0) } }
        return steps
    }

    private func addCallerSteps(_ index: Int, to steps: inout [WorldStep]) {
        let caller = callers[index]
        guard caller.hasBegun else { return steps.append(.begin(index)) }
        if caller.result == nil, scope.givenUp > 0 { steps.append(.callerGivesUp(index)) }
    }

    private func addLinkSteps(_ host: Int, to steps: inout [WorldStep]) {
        let link = links[host]
        if !link.toHost.isEmpty { steps.append(.hostReads(host)) }
        if !link.leftover.isEmpty { steps.append(.hostReadsLeftover(host)) }
        if !link.toCaller.isEmpty { steps.append(.callerReads(host)) }
        if link.isUp, scope.breaks > 0 { steps.append(.connectionBreaks(host)) }
        if !link.isUp { steps.append(.connects(host)) }
    }

    private func addTurnSteps(_ host: Int, to steps: inout [WorldStep]) {
        guard let copy = hosts[host].current else { return }
        for run in copy.runs {
            switch run.nested {
            case .none: steps.append(.turnEnds(host, run.waiter))
            case .due: steps.append(.turnCallsItself(host, run.waiter))
            case .runs: steps.append(.nestedTurnEnds(host, run.waiter))
            case .waits: break
            }
        }
        if scope.expiries > 0 {
            let waiters = copy.gate.waiters.values.filter { $0.call < callers.count } + copy.runs.map(\.waiter)
            steps += waiters.sorted().map { .deadlinePasses(host, $0) }
        }
        if scope.departures > 0 { steps.append(.callerDeparts(host)) }
        guard scope.evictions > 0, copy.gate.windowCount > 0, copy.gate.movedTo == nil else { return }
        for call in callers.indices {
            var gate = copy.gate
            if gate.forget(World.request(call)) { steps.append(.windowForgets(host, call)) }
        }
    }

    private func addMoveSteps(_ host: Int, to steps: inout [WorldStep]) {
        if let hidden = hosts[host].hidden {
            if committed == hidden.gate.epoch { steps.append(.activates(host)) }
            if move?.epoch != hidden.gate.epoch, home != host { steps.append(.discards(host)) }
            return
        }
        guard host == home, let gate = hosts[host].current?.gate, gate.movedTo == nil, splitFrom == nil else { return }
        if let move {
            steps += scope.aborts > 0 || move.isLost ? [.commits, .aborts] : [.commits]
        } else if gate.isOpen {
            if scope.moves > 0 { steps.append(.seals(host)) }
        } else {
            if scope.aborts > 0 { steps.append(.opens(host)) }
            if gate.isSealed { steps.append(.prepares(host)) }
        }
    }

    private func addLossSteps(_ host: Int, to steps: inout [WorldStep]) {
        if scope.crashes > 0, !hosts[host].isEmpty { steps.append(.crashes(host)) }
        if isLost(at: host) { steps.append(.restores(host)) }
        if scope.splits > 0, host == home, move == nil, hosts[host].current?.gate.isOpen == true {
            steps.append(.splits(host))
        }
        if host == splitFrom, canResolve { steps.append(.resolves) }
    }
}
