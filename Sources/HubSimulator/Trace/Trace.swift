// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// Everything that happened, in canonical bytes: each event that a machine handled and each effect, with its time and
/// its node. The bytes are hashed as they come; two runs that differ anywhere differ in the hash.
struct Trace {
    private var hashed: UInt64 = 0
    let bytes = TraceBytes(capacity: Trace.blockBytes + 4_096)

    private static let blockBytes = 32 << 10

    /// What sort of thing a record is about.
    enum Tag: UInt8 {
        case event = 1
        case effect = 2
        case fault = 3
        case process = 4
        case resident = 5
        case order = 6
        case hubEvent = 7
        case hubEffect = 8
    }

    mutating func begin(_ tag: Tag, _ kind: UInt8, at time: Time, seat: Int) {
        if bytes.count >= Self.blockBytes { flush() }
        bytes.record(tag.rawValue, kind, UInt64(bitPattern: time), UInt64(bitPattern: Int64(seat)))
    }

    private mutating func flush() {
        hashed = hash
        bytes.removeAll()
    }

    /// The hash of everything so far.
    var hash: UInt64 { bytes.hash(seed: hashed) }
}

extension TraceBytes {
    func traced(_ event: NodeEvent) {
        switch event {
        case .started(let address, let seeds, let found):
            traced(address)
            for seed in seeds + found { traced(seed) }
        case .candidatesFound(let addresses):
            for address in addresses { traced(address) }
        case .hubStarted(let hub), .hubStopped(let hub): text(hub.rawValue)
        case .drainAsked, .leaveAsked, .timePassed: break
        case .linkUp(let node, let incarnation, let address):
            traced(node, incarnation)
            traced(address)
        case .linkDown(let node, let incarnation, let end):
            traced(node, incarnation)
            u8(end.rawValue)
        case .dialFailed(let address, let node, let fault):
            traced(address)
            text(node?.rawValue ?? "")
            u8(fault.kind.rawValue)
        case .peerRenewed(let node, let old, let new):
            traced(node, old)
            u64(new.rawValue)
        case .received(_, let node, let incarnation): traced(node, incarnation)
        }
    }

    /// An effect; what is sent follows in its own bytes.
    func traced(_ effect: NodeEffect) {
        switch effect {
        case .send(_, let node): text(node.rawValue)
        case .connect(let node, let address):
            text(node.rawValue)
            traced(address)
        case .dialSeed(let address), .forgetSeed(let address): traced(address)
        case .disconnect(let node, let incarnation): traced(node, incarnation)
        case .renew(let incarnation): u64(incarnation.rawValue)
        case .nameTaken(let incarnation): u64(incarnation?.rawValue ?? 0)
        case .viewChanged(let view): traced(view)
        case .rosterChanged(let roster): traced(roster)
        case .left: break
        case .note(let note): traced(note)
        }
    }

    private func traced(_ view: MemberView) {
        varint(view.version)
        u8(view.standing.rawValue)
        varint(UInt64(view.members.count))
        for member in view.members { traced(member) }
    }

    private func traced(_ roster: Roster) {
        u64(roster.incarnation.rawValue)
        u8(roster.standing.rawValue)
        varint(UInt64(roster.entries.count))
        for entry in roster.entries {
            traced(entry.member)
            u8(entry.state.rawValue)
        }
    }

    private func traced(_ member: Member) {
        traced(member.name, member.incarnation)
        u8(member.service.rawValue)
        varint(UInt64(member.hubs.count))
        for hub in member.hubs { text(hub.rawValue) }
        traced(member.address)
    }

    private func traced(_ note: MembershipNote) {
        u8(note.kind.rawValue)
        switch note {
        case .joined(let node, let incarnation), .suspected(let node, let incarnation),
            .cleared(let node, let incarnation), .wentAway(let node, let incarnation):
            traced(node, incarnation)
        case .died(let node, let incarnation, let cause):
            traced(node, incarnation)
            u8(cause.rawValue)
        case .draining(let node): text(node.rawValue)
        case .damped(let node, let span):
            text(node.rawValue)
            u64(UInt64(bitPattern: span.wholeNanoseconds))
        case .paused(let span): u64(UInt64(bitPattern: span.wholeNanoseconds))
        case .renewed(let old, let new):
            u64(old.rawValue)
            u64(new.rawValue)
        case .nameClash(let node, let one, let other):
            traced(node, one)
            u64(other.rawValue)
        case .alone: break
        }
    }

    private func traced(_ node: NodeName, _ incarnation: Incarnation) {
        text(node.rawValue)
        u64(incarnation.rawValue)
    }

    private func traced(_ address: PeerAddress?) {
        text(address?.host ?? "")
        u16(address?.port ?? 0)
    }
}
