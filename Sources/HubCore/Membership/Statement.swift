// SPDX-License-Identifier: Apache-2.0

/// One life of one node.
package struct Life: Hashable, Comparable, Sendable {
    package var name: NodeName
    package var incarnation: Incarnation

    package init(_ name: NodeName, _ incarnation: Incarnation) {
        self.name = name
        self.incarnation = incarnation
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.name == right.name ? left.incarnation < right.incarnation : left.name < right.name
    }
}

/// What a node says about itself. Only the node changes its statement; all others copy it.
///
/// Two numbers, never mixed: the incarnation names a life, the refutation count answers a suspicion inside it.
package struct Statement: Hashable, Sendable {
    package var life: Life
    /// When the process began. Of two living nodes with one name the one born first keeps it, wherever it is decided.
    package var born: Stamp
    /// The life that the same process led before, if it was declared dead: this statement proves that it ended.
    package var succeeds: Incarnation?
    /// How many suspicions of this life the node has answered.
    package var refutation: UInt64 = 0
    /// Grows with each change of what follows, from 1; 0 means that the node was not yet heard.
    package var version: UInt64 = 1
    /// Where it can be dialed, `nil` if it does not listen.
    package var address: PeerAddress?
    package var traits: NodeTraits
    /// Sorted.
    package var hubs: [HubID] = []
    package var isDraining = false

    package init(life: Life, born: Stamp, address: PeerAddress? = nil, traits: NodeTraits = NodeTraits()) {
        self.life = life
        self.born = born
        self.address = address
        self.traits = traits
    }

    /// What is known of a node that is connected and has said nothing yet.
    static func unheard(_ life: Life, address: PeerAddress?) -> Self {
        var statement = Statement(life: life, born: .zero, address: address)
        statement.version = 0
        return statement
    }

    var member: Member {
        Member(
            name: life.name, incarnation: life.incarnation, traits: traits, hubs: hubs,
            service: isDraining ? .draining : .inService, address: address)
    }

    /// Whether this life keeps the name against another living one (S14).
    func outranks(_ other: Statement) -> Bool { born < other.born }
}

// MARK: - What a peer may say

extension Statement {
    /// Whether every part is within its bound: a peer can neither bloat this node nor push a count to its end (S16).
    var isAcceptable: Bool {
        version > 0 && version <= Limits.membershipCount && refutation <= Limits.membershipCount
            && hubs.count <= Limits.hubsPerNode && traits.isAcceptable && succeeds != life.incarnation
            && zip(hubs, hubs.dropFirst()).allSatisfy(<) && (address?.port ?? 1) > 0
            && (address?.host.hasNoControlCharacters ?? true)
    }

    /// What it takes in a message, or a little more.
    var roughBytes: Int {
        var bytes = 96 + life.name.rawValue.utf8.count + (address?.host.utf8.count ?? 0)
        bytes += (traits.zone?.utf8.count ?? 0) + 2
        for hub in hubs { bytes += hub.rawValue.utf8.count + 2 }
        for label in traits.labels { bytes += label.key.utf8.count + label.value.utf8.count + 4 }
        return bytes
    }

    /// The part of it that two tables are compared by.
    var fingerprint: UInt64 { life.fingerprint(version) }
}

extension Life {
    func fingerprint(_ version: UInt64) -> UInt64 {
        let name = XXHash64.hash(name.rawValue, seed: incarnation.rawValue)
        return (name ^ (version &* 0x9E37_79B1_85EB_CA87)) &* 0xC2B2_AE3D_27D4_EB4F
    }
}

extension NodeTraits {
    /// Whether a peer may say so: the weight is a number of sense, texts and labels are few and short, and nothing in them
    /// moves the cursor of whoever reads them in a terminal.
    package var isAcceptable: Bool {
        weight.isFinite && weight >= 0 && weight <= 1e9 && labels.count <= Limits.labelsPerNode
            && (zone?.utf8.count ?? 0) <= Limits.nameBytes
            && labels.allSatisfy { $0.key.utf8.count <= Limits.nameBytes && $0.value.utf8.count <= Limits.nameBytes }
            && (zone?.hasNoControlCharacters ?? true)
            && labels.allSatisfy { $0.key.hasNoControlCharacters && $0.value.hasNoControlCharacters }
    }
}
