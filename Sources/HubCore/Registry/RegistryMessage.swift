// SPDX-License-Identifier: Apache-2.0

/// How the copies of wishes and slices on two nodes are brought together. Each may be lost, doubled, late or out of
/// order: all are statements or questions that can be repeated.
package struct RegistryMessage: Hashable, Sendable {
    /// When the sender's life began: a message to or from an earlier one means nothing.
    package var birth: Stamp
    package var body: Body

    package init(birth: Stamp, body: Body) {
        self.birth = birth
        self.body = body
    }

    /// What is large lies apart: messages are handed on often.
    package enum Body: Hashable, Sendable {
        /// Wishes and copies that changed.
        indirect case delta(Delta)
        /// What became of a delta.
        case received(Receipt)
        /// The beginning of an exchange: this is what I hold, in short.
        case compare(Summary)
        /// The answer to `compare`: the same, and the digests of the buckets unless all is equal.
        case compared(Summary, buckets: [BucketDigest])
        /// These are the wishes I hold in these buckets.
        case keys(BucketKeys)
        /// The answer to `keys`: what the sender of the keys lacks, what it should send, what it should drop.
        indirect case differences(BucketDifferences)
        /// Wishes that were asked for.
        case wishes([Wish])
        /// The exchange of this number is done: everything you and I hold was compared.
        case completed(round: UInt64, horizon: Stamp)
        /// Send me this slice from this number on.
        case sliceWanted(HubLife, from: UInt64)
        /// I do not reach this member: compare with it what you have from me.
        case relayAsked(NodeName)
        /// A message that only a newer version knows; it is dropped.
        case unknown(UInt8)
    }
}

extension RegistryMessage {
    /// How many rows it makes the receiver look at, at least 1.
    package var rows: Int {
        switch body {
        case .delta(let delta): 1 + delta.wishes.count + (delta.slice?.rows.count ?? 0) + delta.loose.count
        case .received(let receipt): 1 + receipt.covered.count
        case .compare(let summary): 1 + summary.slices.count
        case .compared(let summary, let buckets): 1 + summary.slices.count + buckets.count / 64
        case .keys(let keys): keys.buckets.reduce(1) { $0 + 1 + $1.keys.count }
        case .differences(let differences):
            1 + differences.wishes.count + differences.wanted.count + differences.covered.count
        case .wishes(let wishes): 1 + wishes.count
        case .completed, .sliceWanted, .relayAsked, .unknown: 1
        }
    }
}

// MARK: - Deltas

/// Wishes that the sender wrote, and copies of one slice, by number.
///
/// With each wish comes what the sender has of the child itself, in the slice or, if that may not follow what the
/// receiver holds, among the loose: so nobody sees a wish without the start that its owner ordered.
package struct Delta: Hashable, Sendable {
    /// By which it is acknowledged.
    package var number: UInt64
    package var wishes: [Wish]
    package var slice: SliceRange?
    /// Of the sender's own slice.
    package var loose: [SliceRow]
    /// Nobody waits for its receipt: that may come a little later, with something else.
    package var isPatient: Bool

    package init(
        number: UInt64, wishes: [Wish] = [], slice: SliceRange? = nil, loose: [SliceRow] = [], isPatient: Bool = false
    ) {
        self.number = number
        self.wishes = wishes
        self.slice = slice
        self.loose = loose
        self.isPatient = isPatient
    }
}

/// Everything in a slice that changed last between two numbers: above `from`, up to `to`.
package struct SliceRange: Hashable, Sendable {
    package var life: HubLife
    package var from: UInt64
    package var to: UInt64
    /// The last number of the slice when this was written.
    package var top: UInt64
    /// What went up to here is no longer told: who holds less must take the whole slice, from 0.
    package var trimmed: UInt64
    /// By number.
    package var rows: [SliceRow]

    package init(life: HubLife, from: UInt64, to: UInt64, top: UInt64, trimmed: UInt64, rows: [SliceRow]) {
        self.life = life
        self.from = from
        self.to = to
        self.top = top
        self.trimmed = trimmed
        self.rows = rows
    }
}

package struct SliceRow: Hashable, Sendable {
    package var child: ChildID
    /// When the copy changed last.
    package var number: UInt64
    /// `nil` if there is none any more.
    package var copy: Copy?

    package init(child: ChildID, number: UInt64, copy: Copy?) {
        self.child = child
        self.number = number
        self.copy = copy
    }
}

package struct Receipt: Hashable, Sendable {
    /// The life that sent the delta.
    package var to: Stamp
    package var number: UInt64
    /// Up to where the slice of the delta is held.
    package var slice: SlicePosition?
    /// Wishes of the delta that a collected tombstone covers: they were not taken, and the sender drops them too.
    package var covered: [WishKey]

    package init(to: Stamp, number: UInt64, slice: SlicePosition?, covered: [WishKey]) {
        self.to = to
        self.number = number
        self.slice = slice
        self.covered = covered
    }
}

package struct SlicePosition: Hashable, Sendable {
    package var life: HubLife
    package var number: UInt64
    /// The range did not follow what is held: go on from here.
    package var isGap: Bool
    /// The whole slice is being taken as of the same trimming, and this is how far it has come.
    package var isWhole: Bool

    package init(life: HubLife, number: UInt64, isGap: Bool, isWhole: Bool) {
        self.life = life
        self.number = number
        self.isGap = isGap
        self.isWhole = isWhole
    }
}

// MARK: - Exchanges

/// What a node holds, in short.
package struct Summary: Hashable, Sendable {
    package var round: UInt64
    package var horizon: Stamp
    /// Whether the sender has had its own first exchange.
    package var isReady: Bool
    /// Of all wishes.
    package var digest: UInt64
    package var slices: [SliceSummary]

    package init(round: UInt64, horizon: Stamp, isReady: Bool, digest: UInt64, slices: [SliceSummary]) {
        self.round = round
        self.horizon = horizon
        self.isReady = isReady
        self.digest = digest
        self.slices = slices
    }
}

package struct SliceSummary: Hashable, Sendable {
    package var life: HubLife
    package var number: UInt64
    /// Of the copies at that number.
    package var hash: UInt64

    package init(life: HubLife, number: UInt64, hash: UInt64) {
        self.life = life
        self.number = number
        self.hash = hash
    }
}

package struct BucketDigest: Hashable, Sendable {
    package var digest: UInt64
    package var count: UInt32

    package init(digest: UInt64, count: UInt32) {
        self.digest = digest
        self.count = count
    }
}

package struct WishKey: Hashable, Sendable {
    package var id: ChildID
    package var version: Wish.Version
    package var desired: Desired

    package init(id: ChildID, version: Wish.Version, desired: Desired) {
        self.id = id
        self.version = version
        self.desired = desired
    }
}

package struct BucketKeys: Hashable, Sendable {
    package var round: UInt64
    package var horizon: Stamp
    package var buckets: [Bucket]

    package init(round: UInt64, horizon: Stamp, buckets: [Bucket]) {
        self.round = round
        self.horizon = horizon
        self.buckets = buckets
    }

    package struct Bucket: Hashable, Sendable {
        package var index: UInt16
        package var keys: [WishKey]

        package init(index: UInt16, keys: [WishKey]) {
            self.index = index
            self.keys = keys
        }
    }
}

package struct BucketDifferences: Hashable, Sendable {
    package var round: UInt64
    /// Buckets in which nothing is left to be exchanged.
    package var equal: [UInt16]
    /// Buckets that are to be compared again.
    package var unequal: [UInt16]
    package var wishes: [Wish]
    package var wanted: [ChildID]
    package var covered: [WishKey]

    package init(
        round: UInt64, equal: [UInt16] = [], unequal: [UInt16] = [], wishes: [Wish] = [], wanted: [ChildID] = [],
        covered: [WishKey] = []
    ) {
        self.round = round
        self.equal = equal
        self.unequal = unequal
        self.wishes = wishes
        self.wanted = wanted
        self.covered = covered
    }
}
