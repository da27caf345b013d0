// SPDX-License-Identifier: Apache-2.0

// An exchange as the node sees it that is asked: it keeps nothing about it, each answer stands for itself.

extension Registry {
    mutating func answer(
        _ theirs: Summary, to place: Int, at now: Instant, into actions: inout [RegistryAction]
    ) {
        peers[place].isReady = theirs.isReady
        let name = peers[place].name
        noteRound(theirs, of: place, at: now)
        askForSlices(theirs.slices, of: place, at: now, into: &actions)
        var buckets: [BucketDigest] = []
        if theirs.digest == digest {
            // Every wish of theirs is here, so what their horizon covers was compared.
            raise(theirs.horizon, from: name, at: now, into: &actions)
        } else {
            work.count(digests.count / 64)
            buckets = zip(digests, digestCounts).map { BucketDigest(digest: $0, count: $1) }
        }
        actions.append(.send(message(.compared(summary(theirs.round), buckets: buckets)), to: name))
    }

    /// One exchange serves both: this node begins none of its own meanwhile.
    private mutating func noteRound(_ theirs: Summary, of place: Int, at now: Instant) {
        guard peers[place].answered.map({ $0.round < theirs.round }) ?? true else { return }
        let target = theirs.slices.first { $0.life.birth == peers[place].birth }?.number ?? 0
        peers[place].answered = RegistryPeer.Answered(
            round: theirs.round, mark: log.last, sliceTarget: target, horizon: theirs.horizon)
        if peers[place].round == nil, peers[place].isExchanged || node > peers[place].name {
            peers[place].roundDue = max(peers[place].roundDue, now.advanced(by: patience(place)))
        }
    }

    /// How long this node leaves it to the peer to begin an exchange, or to end the one it began.
    func patience(_ place: Int) -> Duration { settings.resend * 4 }

    /// The peer says that its exchange is done, and its own slice is here as it was then.
    mutating func finishAnswered(_ place: Int, at now: Instant, into actions: inout [RegistryAction]) {
        guard place < peers.count, let answered = peers[place].completedAnswer(),
            hasSlice(of: place, upTo: answered.sliceTarget)
        else { return }
        peers[place].answered = nil
        // What the peer asked says nothing about why it let go of a child.
        if !hasVacancies(of: peers[place].incarnation) {
            peers[place].round = nil
            if answered.mark >= peers[place].base {
                peers[place].roundDue = now.advanced(by: settings.antiEntropy + patience(place))
            }
        }
        complete(place, horizon: answered.horizon, mark: answered.mark, at: now, into: &actions)
    }

    mutating func answer(
        _ keys: BucketKeys, to place: Int, at now: Instant, into actions: inout [RegistryAction]
    ) {
        var answer = BucketDifferences(round: keys.round)
        var room = MessageRoom(rows: settings.messageRows)
        for bucket in keys.buckets where Int(bucket.index) < digests.count {
            let isEqual = compare(bucket, horizon: keys.horizon, into: &answer, room: &room, at: now, &actions)
            if isEqual { answer.equal.append(bucket.index) } else { answer.unequal.append(bucket.index) }
        }
        actions.append(.send(message(.differences(answer)), to: peers[place].name))
    }

    /// - Returns: whether neither side lacks anything in this bucket.
    private mutating func compare(
        _ bucket: BucketKeys.Bucket, horizon theirs: Stamp, into answer: inout BucketDifferences,
        room: inout MessageRoom, at now: Instant, _ actions: inout [RegistryAction]
    ) -> Bool {
        var isEqual = true
        var named: Set<Slot> = []
        for key in bucket.keys {
            work.count()
            guard let slot = slot(of: key.id), let mine = self.key(of: slot) else {
                isEqual = lacks(key, theirs, &answer, &room) && isEqual
                continue
            }
            named.insert(slot)
            guard mine.version != key.version else { continue }
            isEqual = false
            guard room.hasSpace else { continue }
            if mine.version > key.version { tell(slot, &answer, &room) } else { want(key.id, &answer, &room) }
        }
        for slot in table.slots(inBucket: Int(bucket.index)) where !named.contains(slot) {
            guard let mine = key(of: slot) else { continue }
            if mine.version.since <= theirs {
                // They lack it, and whatever ended it is collected there.
                if mine.desired == .running { drop(mine, at: now, into: &actions) }
            } else if mine.desired == .running || mine.version.since > horizon {
                isEqual = false
                if room.hasSpace { tell(slot, &answer, &room) }
            }
        }
        return isEqual
    }

    /// A wish of theirs of which nothing is known here.
    ///
    /// - Returns: whether nothing has to be sent because of it.
    private mutating func lacks(
        _ key: WishKey, _ theirs: Stamp, _ answer: inout BucketDifferences, _ room: inout MessageRoom
    ) -> Bool {
        if key.version.since <= horizon {
            if key.desired == .running { answer.covered.append(key) }
            return true
        }
        if key.desired == .stopped, key.version.since <= theirs { return true }
        if room.hasSpace { want(key.id, &answer, &room) }
        return false
    }

    private mutating func tell(_ slot: Slot, _ answer: inout BucketDifferences, _ room: inout MessageRoom) {
        guard let wish = wish(of: slot) else { return }
        answer.wishes.append(wish)
        room.take(wish.weight)
    }

    private func want(_ id: ChildID, _ answer: inout BucketDifferences, _ room: inout MessageRoom) {
        answer.wanted.append(id)
        room.take(SliceRow.weight)
    }
}
