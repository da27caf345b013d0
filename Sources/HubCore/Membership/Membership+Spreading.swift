// SPDX-License-Identifier: Apache-2.0

// How what one node knows becomes known to all: rumours ride on every message, and on messages of their own while there
// are any.

extension Membership {
    mutating func send(_ body: MembershipMessage.Body, to name: NodeName) {
        let sender = MembershipMessage.Sender(refutation: own.refutation, standing: standing, digest: digest)
        actions.append(.send(MembershipMessage(sender: sender, body: body, rumours: rumours(for: name)), to: name))
    }

    /// Sends rumours that are this message's own matter; nothing rides along.
    mutating func send(_ body: MembershipMessage.Body, _ rumours: [Rumour], to name: NodeName) {
        let sender = MembershipMessage.Sender(refutation: own.refutation, standing: standing, digest: digest)
        actions.append(.send(MembershipMessage(sender: sender, body: body, rumours: rumours), to: name))
    }

    mutating func spread(_ rumour: Rumour) {
        guard isRunning else { return }
        queue.add(rumour)
        if nextGossip == nil { nextGossip = now.advanced(by: settings.gossipInterval / 5) }
    }

    /// A suspected node hears of it with every message, so that it can answer.
    private mutating func rumours(for name: NodeName) -> [Rumour] {
        var rumours: [Rumour] = []
        if let record = records[name], case .suspected(let suspicion) = record.stage, record.isLinked {
            rumours.append(
                .suspected(record.life, refutation: suspicion.refutation, by: suspicion.confirmers.first ?? self.name))
        }
        guard !queue.isEmpty else { return rumours }
        var queue = RumourQueue()
        swap(&queue, &self.queue)
        queue.take(into: &rumours, repeats: repeats, isTrue: isStillTrue)
        swap(&queue, &self.queue)
        return rumours
    }

    /// A rumour reaches everyone, most likely, after this many tellings by each who knows it.
    private var repeats: Int {
        settings.gossipRepeats * (Int.bitWidth - (ring.count + 1).leadingZeroBitCount)
    }

    private func isStillTrue(_ rumour: Rumour) -> Bool {
        switch rumour {
        case .alive(let statement):
            if statement.life.name == name { return statement == own }
            guard let record = records[statement.life.name] else { return false }
            return record.isPresent && record.statement == statement
        case .suspected(let life, let refutation, _):
            guard let record = records[life.name], record.life == life, case .suspected(let suspicion) = record.stage
            else { return false }
            return suspicion.refutation == refutation
        case .ended(let life, let refutation, let by):
            guard let record = records[life.name], record.life == life, record.isPresent else { return false }
            return record.statement.refutation <= refutation && record.witnesses.contains(by)
        case .dead, .outranked, .left:
            return true
        }
    }

    mutating func gossip() {
        nextGossip = nil
        guard !queue.isEmpty else { return }
        let targets = chooseLinked(settings.gossipFanout)
        for target in targets {
            let news = rumours(for: target)
            if !news.isEmpty { send(.news, news, to: target) }
        }
        if !queue.isEmpty, !targets.isEmpty { nextGossip = now.advanced(by: settings.gossipInterval) }
    }
}
