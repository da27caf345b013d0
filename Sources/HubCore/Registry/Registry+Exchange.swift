// SPDX-License-Identifier: Apache-2.0

// An exchange as the node sees it that began it: compare digests, then the buckets that differ, until nothing differs.

extension Registry {
    mutating func beginRound(_ place: Int, at now: Instant, into actions: inout [RegistryAction]) {
        let round = ExchangeRound(
            number: nextNumber(), mark: log.last, horizon: horizon, retryAt: now.advanced(by: settings.resend * 2))
        peers[place].round = round
        peers[place].roundDue = now.advanced(by: settings.antiEntropy)
        actions.append(.send(message(.compare(summary(round.number))), to: peers[place].name))
    }

    func summary(_ round: UInt64) -> Summary {
        Summary(round: round, horizon: horizon, isReady: isReady, digest: digest, slices: sliceSummaries)
    }

    /// The peer answered the first question.
    mutating func compared(
        _ theirs: Summary, _ buckets: [BucketDigest], with place: Int, at now: Instant,
        into actions: inout [RegistryAction]
    ) {
        peers[place].isReady = theirs.isReady
        guard let round = peers[place].round, round.number == theirs.round, round.theirs == nil else { return }
        askForSlices(theirs.slices, of: place, at: now, into: &actions)
        let birth = peers[place].birth
        peers[place].round?.theirs = theirs
        peers[place].round?.sliceTarget = theirs.slices.first { $0.life.birth == birth }?.number ?? 0
        if buckets.count == digests.count {
            work.count(buckets.count / 64)
            peers[place].round?.counts = buckets.map(\.count)
            peers[place].round?.queue = buckets.indices.reversed().filter {
                buckets[$0].digest != digests[$0] || buckets[$0].count != digestCounts[$0]
            }.map { UInt16($0) }
        }
        askBuckets(place, at: now, into: &actions)
    }

    /// Sends the keys of the next buckets, as long as not too many are under way.
    private mutating func askBuckets(_ place: Int, at now: Instant, into actions: inout [RegistryAction]) {
        while var keys = peers[place].round?.beginKeys() {
            var asked: [UInt16] = []
            var rows = 0
            while let (index, cost) = peers[place].round?.takeBucket(
                of: asked.isEmpty ? .max : settings.messageRows - rows, beside: digestCounts)
            {
                guard peers[place].round?.countPass(of: index) == true else { continue }
                rows += cost
                asked.append(index)
                keys.buckets.append(BucketKeys.Bucket(index: index, keys: self.keys(inBucket: Int(index))))
            }
            guard !asked.isEmpty else { continue }
            peers[place].round?.asked.append(asked)
            peers[place].round?.retryAt = now.advanced(by: settings.resend * 2)
            actions.append(.send(message(.keys(keys)), to: peers[place].name))
        }
    }

    func key(of slot: Slot) -> WishKey? {
        guard let desired = desired(of: slot) else { return nil }
        return WishKey(id: id(of: slot), version: version(of: slot), desired: desired)
    }

    mutating func keys(inBucket bucket: Int) -> [WishKey] { table.slots(inBucket: bucket).compactMap { key(of: $0) } }

    /// The peer said in what the buckets differ.
    mutating func take(
        _ differences: BucketDifferences, from place: Int, at now: Instant, into actions: inout [RegistryAction]
    ) {
        guard let round = peers[place].round, round.number == differences.round else { return }
        for wish in differences.wishes { _ = take(wish, from: peers[place].name, at: now, into: &actions) }
        for key in differences.covered { drop(key, at: now, into: &actions) }
        send(differences.wanted, to: place, into: &actions)
        let equal = Set(differences.equal)
        let answered = equal.union(differences.unequal)
        guard let flight = round.asked.firstIndex(where: { !answered.isDisjoint(with: $0) }) else { return }
        peers[place].round?.asked.remove(at: flight)
        peers[place].round?.attempts = 0
        // What was not answered is asked again too.
        let open = round.asked[flight].filter { !equal.contains($0) }
        peers[place].round?.queue.append(contentsOf: open.reversed())
        for index in open { peers[place].round?.counts[Int(index)] = digestCounts[Int(index)] }
        askBuckets(place, at: now, into: &actions)
    }

    /// Sends wishes that were asked for, in as many messages as they need.
    private mutating func send(_ wanted: [ChildID], to place: Int, into actions: inout [RegistryAction]) {
        var room = MessageRoom(rows: settings.messageRows)
        var wishes: [Wish] = []
        for id in wanted {
            guard let slot = slot(of: id), let wish = wish(of: slot) else { continue }
            if !room.hasSpace {
                actions.append(.send(message(.wishes(wishes)), to: peers[place].name))
                (wishes, room) = ([], MessageRoom(rows: settings.messageRows))
            }
            wishes.append(wish)
            room.take(wish.weight)
        }
        if !wishes.isEmpty { actions.append(.send(message(.wishes(wishes)), to: peers[place].name)) }
    }

    /// Ends the exchange once all wishes were compared and the peer's own slice is here as it was then.
    mutating func finishRound(_ place: Int, at now: Instant, into actions: inout [RegistryAction]) {
        guard place < peers.count, let round = peers[place].comparedRound(), let theirs = round.theirs else { return }
        let name = peers[place].name
        guard !round.isIncomplete else {
            peers[place].round = nil
            return
        }
        guard hasSlice(of: place, upTo: round.sliceTarget) else { return }
        peers[place].round = nil
        fillVacancies(of: peers[place].incarnation, before: round.number)
        actions.append(.send(message(.completed(round: round.number, horizon: round.horizon)), to: name))
        complete(place, horizon: theirs.horizon, mark: round.mark, at: now, into: &actions)
    }

    /// Everything that both sides hold was compared, and nothing differs.
    mutating func complete(
        _ place: Int, horizon: Stamp, mark: UInt64, at now: Instant, into actions: inout [RegistryAction]
    ) {
        let name = peers[place].name
        peers[place].isExchanged = true
        raise(horizon, from: name, at: now, into: &actions)
        if mark > peers[place].exchangedMark {
            peers[place].exchangedMark = mark
            actions.append(.held(name, upTo: WishMark(mark)))
        }
        actions.append(.exchanged(name))
        let isKnown = peers[place].isReady || peers.allSatisfy { !$0.isMember || $0.isExchanged }
        becomeReady(if: isKnown, into: &actions)
    }

    func hasSlice(of place: Int, upTo number: UInt64) -> Bool {
        guard number > 0, let birth = peers[place].birth else { return true }
        let life = HubLife(node: peers[place].name, birth: birth)
        guard let slice = liveSlice(of: life) else { return false }
        return slices[slice].number >= number && !slices[slice].isDoubtful
    }

    /// Nothing came back in time: asks again, and after a while leaves it to the next exchange.
    mutating func retryRound(_ place: Int, at now: Instant, into actions: inout [RegistryAction]) {
        guard let round = peers[place].round else { return }
        guard round.attempts < Limits.exchangeAttempts else {
            peers[place].round = nil
            peers[place].roundDue = now.advanced(by: isReady ? settings.antiEntropy : settings.resend)
            return
        }
        peers[place].round?.attempts += 1
        peers[place].round?.retryAt = now.advanced(by: settings.resend * (2 << min(round.attempts, 3)))
        guard round.theirs != nil else {
            actions.append(.send(message(.compare(summary(round.number))), to: peers[place].name))
            return
        }
        peers[place].round?.asked = []
        peers[place].round?.queue.append(contentsOf: round.asked.joined().reversed())
        for index in round.asked.joined() { peers[place].round?.passes[index, default: 1] -= 1 }
        askBuckets(place, at: now, into: &actions)
    }
}
