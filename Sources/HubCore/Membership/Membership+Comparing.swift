// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

// Anti-entropy: every message carries a digest of all that its sender knows; where two differ for longer than rumours
// take, one asks the other for what differs. So a lost rumour is repaired within seconds, and equal tables cost eight bytes.

/// When tables were compared last, and changed last.
struct Comparing: Hashable {
    var last: Instant?
    var changedAt = Instant.zero

    mutating func changed(at now: Instant) { changedAt = now }

    /// Whether it is time to compare: rumours had time to arrive, or there was no quiet for a whole interval.
    func isDue(at now: Instant, quiet: Duration, interval: Duration) -> Bool {
        guard let last else { return true }
        if last.advanced(by: interval) <= now { return true }
        return last.advanced(by: quiet * 2) <= now && changedAt.advanced(by: quiet) <= now
    }
}

extension Membership {
    mutating func compareIfDifferent(_ message: MembershipMessage, with name: NodeName) {
        guard message.sender.digest != digest, !isJoining, message.sender.standing != .joining,
            message.sender.standing != .left, records[name]?.isLinked == true,
            comparing.isDue(at: now, quiet: settings.probeInterval, interval: settings.antiEntropyInterval)
        else { return }
        if case .table = message.body { return }
        comparing.last = now
        sendComparison(to: name)
    }

    /// - Returns: the number of the question.
    @discardableResult
    mutating func sendComparison(to name: NodeName) -> UInt64 {
        var known = [MembershipMessage.Known(own.life, version: own.version)]
        for index in 0..<ring.count {
            guard let statement = records[ring[index]]?.statement else { continue }
            known.append(MembershipMessage.Known(statement.life, version: statement.version))
        }
        let number = nextNumber()
        send(.compare(number: number, Array(known.prefix(Limits.peers))), [], to: name)
        return number
    }

    /// Everything that the asker lacks, has in an older version, or takes for living though it ended.
    mutating func sendTable(_ number: UInt64, _ known: [MembershipMessage.Known], to name: NodeName) {
        var versions: [Life: UInt64] = [:]
        var rumours: [Rumour] = []
        for one in known {
            versions[one.life] = one.version
            if let epitaph = graves[one.life] { rumours.append(epitaph) }
        }
        if versions[own.life] ?? 0 < own.version { rumours.append(.alive(own)) }
        for index in 0..<ring.count {
            guard let statement = records[ring[index]]?.statement, statement.life.name != name else { continue }
            if versions[statement.life] ?? 0 < statement.version { rumours.append(.alive(statement)) }
        }
        sendParts(number, rumours, to: name)
    }

    private mutating func sendParts(_ number: UInt64, _ rumours: [Rumour], to name: NodeName) {
        // Two parts that follow each other are longer than one may be, so there are never more than allowed.
        let total = rumours.reduce(0) { $0 + $1.roughBytes }
        let most = max(Limits.tablePartBytes, total / (Limits.tableParts / 2 - 1))
        var parts: [[Rumour]] = [[]]
        var bytes = 0
        for rumour in rumours {
            bytes += rumour.roughBytes
            if bytes > most, !parts[parts.count - 1].isEmpty {
                parts.append([])
                bytes = rumour.roughBytes
            }
            parts[parts.count - 1].append(rumour)
        }
        for (index, part) in parts.enumerated() {
            send(.table(number: number, part: UInt64(index), parts: UInt64(parts.count)), part, to: name)
        }
    }
}
