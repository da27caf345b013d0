// SPDX-License-Identifier: Apache-2.0

// What comes from others.

extension Registry {
    /// Handles a message of a registry on another node; its cost is ``RegistryMessage/rows``.
    package mutating func receive(
        _ message: RegistryMessage, from name: NodeName, _ incarnation: Incarnation, at now: Instant,
        into actions: inout [RegistryAction]
    ) {
        guard let place = sender(name, incarnation, birth: message.birth, at: now, into: &actions) else { return }
        switch message.body {
        case .delta(let delta): take(delta, from: place, at: now, into: &actions)
        case .received(let receipt): acknowledge(receipt, from: place, at: now, into: &actions)
        case .compare(let summary): answer(summary, to: place, at: now, into: &actions)
        case .compared(let summary, let buckets):
            compared(summary, buckets, with: place, at: now, into: &actions)
        case .keys(let keys): answer(keys, to: place, at: now, into: &actions)
        case .differences(let differences): take(differences, from: place, at: now, into: &actions)
        case .wishes(let wishes):
            for wish in wishes { _ = take(wish, from: name, at: now, into: &actions) }
        case .completed(let round, _):
            if peers[place].answered?.round == round { peers[place].answered?.isCompleted = true }
        case .sliceWanted(let life, let from): addStream(of: life, after: from, for: place)
        case .relayAsked(let member):
            guard let other = peers.firstIndex(where: { $0.name == member && $0.isMember }) else { break }
            if peers[other].round == nil { peers[other].roundDue = now }
        case .unknown: break
        }
        finishRound(place, at: now, into: &actions)
        finishAnswered(place, at: now, into: &actions)
        if hasWork { actions.append(.continueWork) }
    }
}

// MARK: - Deltas

extension Registry {
    private mutating func take(
        _ delta: Delta, from place: Int, at now: Instant, into actions: inout [RegistryAction]
    ) {
        let sender = peers[place].name
        guard let birth = peers[place].birth else { return }
        var receipt = Receipt(to: birth, number: delta.number, slice: nil, covered: [])
        if let range = delta.slice { receipt.slice = take(range, from: sender, at: now, into: &actions) }
        let life = HubLife(node: sender, birth: birth)
        if !delta.loose.isEmpty, let slice = livingSlice(of: life) {
            takeLoose(delta.loose, in: slice, from: sender, at: now, into: &actions)
        }
        for wish in delta.wishes {
            // A tombstone stays where it is: there may be others to tell, and no horizon there covers it.
            guard take(wish, from: sender, at: now, into: &actions) == .covered, wish.isRunning else { continue }
            receipt.covered.append(WishKey(id: wish.id, version: wish.version, desired: .running))
        }
        owe(receipt, to: place, isPatient: delta.isPatient, at: now, into: &actions)
    }

    private mutating func acknowledge(
        _ receipt: Receipt, from place: Int, at now: Instant, into actions: inout [RegistryAction]
    ) {
        guard receipt.to == life.birth else { return }
        for key in receipt.covered { drop(key, at: now, into: &actions) }
        if let position = receipt.slice { advance(to: position, for: place, by: receipt.number) }
        guard let flight = peers[place].flights.firstIndex(where: { $0.number == receipt.number }) else { return }
        peers[place].flights[flight].isAcknowledged = true
        // It has read them, and does not hold what its horizon covers.
        if !receipt.covered.isEmpty { leaveOut(peers[place].flights[flight].wishes, for: place, at: now) }
        let before = peers[place].wishAcknowledged
        while let first = peers[place].flights.first, first.isAcknowledged {
            peers[place].wishAcknowledged = max(peers[place].wishAcknowledged, first.wishes)
            peers[place].flights.removeFirst()
        }
        peers[place].attempts = 0
        peers[place].resendAt = peers[place].flights.isEmpty ? nil : now.advanced(by: settings.resend)
        hasNews = true
        if peers[place].wishAcknowledged > before {
            actions.append(.held(peers[place].name, upTo: WishMark(peers[place].wishAcknowledged)))
        }
    }

    /// The peer holds a slice up to there.
    private mutating func advance(to position: SlicePosition, for place: Int, by number: UInt64) {
        guard let slice = liveSlice(of: position.life) else { return }
        if slice == Int(Slice.own) {
            peers[place].own = moved(peers[place].own, to: position, by: number)
        } else if let relay = peers[place].relays.firstIndex(where: { Int($0.slice) == slice }) {
            let stream = moved(peers[place].relays[relay], to: position, by: number)
            peers[place].relays[relay] = stream
            if stream.acknowledged >= slices[slice].number { peers[place].relays.remove(at: relay) }
        }
        hasNews = true
    }

    private mutating func moved(
        _ stream: SliceStream, to position: SlicePosition, by number: UInt64
    ) -> SliceStream {
        var stream = stream
        // What was sent before the stream went back met the same gap, or is from before it began anew.
        guard number > stream.restarted else { return stream }
        guard position.isGap else {
            stream.acknowledged = max(stream.acknowledged, position.number)
            stream.sent = max(stream.sent, stream.acknowledged)
            return stream
        }
        stream.restarted = lastNumber
        stream.acknowledged = position.number
        if !position.isWhole { stream.whole = nil }
        return rewound(stream)
    }
}
