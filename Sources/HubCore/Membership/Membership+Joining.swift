// SPDX-License-Identifier: Apache-2.0

// From start to serving: a full exchange with a member, or the insight that nobody is there.

/// A node that serves nothing yet.
struct Joining: Hashable {
    let since: Instant
    /// The members whose tables were asked for.
    var pulls: [Pull] = []
    var nextPull = Instant.zero
    /// A table came in full: the node serves once those it named are in the view, or then at the latest.
    var opensBy: Instant?

    init(since: Instant) { self.since = since }

    struct Pull: Hashable {
        var member: NodeName
        var number: UInt64
        /// The parts that came.
        var parts: Set<UInt64> = []
    }
}

/// An address that may lead to other nodes.
struct Seed: Hashable {
    let address: PeerAddress
    var isOwn = false
    var refusals = 0
    /// Whom it led to.
    var node: NodeName?
    /// When discovery found it last; `nil` for one that was given, which is never forgotten.
    var foundAt: Instant?

    init(address: PeerAddress, foundAt: Instant? = nil) {
        self.address = address
        self.foundAt = foundAt
    }

    var isVain: Bool { isOwn || refusals >= 2 }
}

extension Membership {
    /// Discovery looked, and this is what it found. What it has not found for long, and leads to no member, is forgotten:
    /// where addresses come and go, those of long ago are nobody's any more, or another's.
    package mutating func add(candidates: [PeerAddress], at now: Instant) {
        self.now = now
        guard isRunning else { return }
        for address in candidates {
            if let index = seeds.firstIndex(where: { $0.address == address }) {
                if seeds[index].foundAt != nil { seeds[index].foundAt = now }
            } else {
                add(Seed(address: address, foundAt: now))
            }
        }
        let oldest = now.advanced(by: .zero - settings.discoveredTime)
        for seed in seeds where isForgettable(seed) && seed.foundAt ?? now < oldest { forget(seed) }
    }

    /// If there is no room, the address that was not found for longest gives way.
    mutating func add(_ seed: Seed) {
        guard !seeds.contains(where: { $0.address == seed.address }) else { return }
        if seeds.count >= Limits.seeds {
            let stale = seeds.filter { isForgettable($0) && $0.foundAt != now }
            guard let oldest = stale.min(by: { ($0.foundAt ?? now) < ($1.foundAt ?? now) }) else { return }
            forget(oldest)
        }
        seeds.append(seed)
        actions.append(.dialSeed(seed.address))
    }

    private func isForgettable(_ seed: Seed) -> Bool {
        seed.foundAt != nil && seed.node.map { records[$0]?.isPresent == true } != true
    }

    private mutating func forget(_ seed: Seed) {
        seeds.removeAll { $0.address == seed.address }
        actions.append(.forgetSeed(seed.address))
    }

    mutating func noteSeed(_ address: PeerAddress?, leadsTo name: NodeName) {
        guard let index = seeds.firstIndex(where: { $0.address == address }) else { return }
        seeds[index].node = name
        seeds[index].refusals = 0
    }

    mutating func noteSeed(_ address: PeerAddress, failed fault: DialFault) {
        guard let index = seeds.firstIndex(where: { $0.address == address }) else { return }
        switch fault {
        case .ownAddress: seeds[index].isOwn = true
        case .refused: seeds[index].refusals += 1
        case .unreachable, .turnedAway, .nameTaken: break
        }
        if isJoining { sweepJoining() }
    }

    mutating func sweepJoining() {
        guard case .joining(var joining) = phase else { return }
        if let opensBy = joining.opensBy {
            if opensBy <= now || candidates.isEmpty && isEveryoneSettled { serve() }
            return
        }
        guard joining.nextPull <= now else { return }
        if let member = chooseServing(except: joining.pulls.last?.member) {
            joining.nextPull = now.advanced(by: settings.probeInterval)
            joining.pulls.append(Joining.Pull(member: member, number: sendComparison(to: member)))
            if joining.pulls.count > 4 { joining.pulls.removeFirst() }
            phase = .joining(joining)
        } else if isAlone(joining) {
            actions.append(.note(.alone))
            serve()
        }
    }

    /// A connected member that serves, another one than was asked last if there is one.
    private mutating func chooseServing(except last: NodeName?) -> NodeName? {
        let serving = (0..<ring.count).map { ring[$0] }.filter { name in
            guard let record = records[name], record.isLinked else { return false }
            return record.standing != .joining && record.standing != .left
        }
        let others = serving.filter { $0 != last }
        return (others.isEmpty ? serving : others).randomElement(using: &generator)
    }

    /// No seeds; or each of them is this node, or refused twice, or leads to a node that is joining too and waits for
    /// this one, which has the smaller name; or none that serves was found for long.
    private func isAlone(_ joining: Joining) -> Bool {
        let others = records.keys.sorted().filter { records[$0]?.link != nil && records[$0]?.isGone != true }
        let isLate = joining.since.advanced(by: settings.aloneAfter) <= now
        if joining.since.advanced(by: settings.aloneAfter * 3) <= now { return true }
        guard others.allSatisfy({ records[$0]?.standing == .joining && name < $0 && records[$0]?.isPresent == true })
        else { return false }
        return isLate || seeds.allSatisfy { $0.isVain || $0.node.map(others.contains) == true }
    }

    mutating func tableCame(_ number: UInt64, _ part: UInt64, _ parts: UInt64, from name: NodeName) {
        guard case .joining(var joining) = phase, joining.opensBy == nil, parts <= UInt64(Limits.tableParts),
            part < parts, records[name]?.standing != .joining,
            let index = joining.pulls.firstIndex(where: { $0.number == number && $0.member == name })
        else { return }
        joining.pulls[index].parts.insert(part)
        if joining.pulls[index].parts.count == Int(parts) {
            joining.opensBy = now.advanced(by: settings.settleTime * 3)
        }
        phase = .joining(joining)
        sweepJoining()
    }

    private mutating func serve() {
        phase = .serving
        spread(.alive(own))
        isViewDirty = true
        isRosterDirty = true
    }
}
