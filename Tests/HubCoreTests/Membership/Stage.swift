// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HubCore

/// One node's membership, `m`, among peers that a test plays: they answer when they are asked to, and say what it likes.
struct Stage {
    var membership: Membership
    var now = Instant(nanoseconds: 5_000_000_000_000, wallMilliseconds: 1_700_000_000_000)
    var actions: [MembershipAction] = []
    var statements: [NodeName: Statement] = [:]
    /// Peers that answer probes and questions about others who do.
    var answering: Set<NodeName> = []
    /// Lives that only others reach.
    var reachable: Set<Life> = []

    init(
        peers: [NodeName] = [], seeds: [PeerAddress] = [], found: [PeerAddress] = [],
        settings: MembershipSettings = .init(), seed: UInt64 = 1
    ) {
        membership = Membership(
            name: "m", incarnation: Incarnation(rawValue: 1), traits: NodeTraits(), settings: settings, seed: seed)
        act { $0.start(address: Town.address("m"), seeds: seeds, found: found, at: $1) }
        for peer in peers { meet(peer) }
    }

    mutating func act(_ body: (inout Membership, Instant) -> Void) {
        membership.notePause(at: now)
        body(&membership, now)
        let new = membership.finish()
        actions += new
        for action in new { respond(action) }
    }

    static func statement(_ name: NodeName, _ incarnation: UInt64, born: UInt64 = 1_000_000) -> Statement {
        let incarnation = Incarnation(rawValue: incarnation)
        return Statement(
            life: Life(name, incarnation), born: Stamp(time: born, incarnation: incarnation),
            address: Town.address(name))
    }

    static func incarnation(of name: NodeName) -> UInt64 { XXHash64.hash(name.rawValue) }

    /// A connection, and the greeting that makes a member.
    mutating func meet(_ name: NodeName, _ incarnation: UInt64? = nil, born: UInt64 = 1_000_000) {
        let statement = Self.statement(name, incarnation ?? Self.incarnation(of: name), born: born)
        statements[name] = statement
        answering.insert(name)
        act { $0.linkUp(name, statement.life.incarnation, statement.address, at: $1) }
    }

    func life(_ name: NodeName) -> Life { statements[name]!.life }

    mutating func say(_ body: MembershipMessage.Body, _ rumours: [Rumour] = [], from name: NodeName) {
        let statement = statements[name]!
        let sender = MembershipMessage.Sender(
            refutation: statement.refutation, standing: .serving, digest: membership.digest)
        let message = MembershipMessage(sender: sender, body: body, rumours: rumours)
        act { $0.receive(message, from: name, statement.life.incarnation, at: $1) }
    }

    mutating func rumour(_ rumour: Rumour, from name: NodeName) { say(.news, [rumour], from: name) }

    private mutating func respond(_ action: MembershipAction) {
        guard case .send(let message, let name) = action, answering.contains(name) else { return }
        switch message.body {
        case .probe(let number): say(.answer(number: number), from: name)
        case .greet(let number, _): say(.greeted(number: number, statements[name]!), from: name)
        case .ask(let number, let life):
            let reaches =
                reachable.contains(life) || answering.contains(life.name) && statements[life.name]?.life == life
            say(reaches ? .reached(number: number) : .missed(number: number), from: name)
        case .leaving(let number): say(.noted(number: number), from: name)
        default: break
        }
    }

    mutating func pass(_ duration: Duration) {
        let end = now.advanced(by: duration)
        while let next = membership.nextTick, next <= end {
            now = max(now, next)
            act { $0.tick(at: $1) }
        }
        now = end
    }

    // MARK: What came of it

    func record(_ name: NodeName) -> MemberRecord? { membership.records[name] }
    var lastView: MemberView? {
        for case .viewChanged(let view) in actions.reversed() { return view }
        return nil
    }
    var seen: [NodeName] { lastView?.members.map(\.name) ?? [] }
    var views: [MemberView] { actions.compactMap { if case .viewChanged(let view) = $0 { view } else { nil } } }
    var notes: [MembershipNote] { actions.compactMap { if case .note(let note) = $0 { note } else { nil } } }
    var sent: [(message: MembershipMessage, to: NodeName)] {
        actions.compactMap { if case .send(let message, let name) = $0 { (message, name) } else { nil } }
    }
    var told: [Rumour] { sent.flatMap(\.message.rumours) }
    /// Whom it has connections to, or dials.
    var dialed: Set<NodeName> {
        var dialed: Set<NodeName> = []
        for action in actions {
            if case .connect(let name, _) = action { dialed.insert(name) }
            if case .disconnect(let life) = action { dialed.remove(life.name) }
        }
        return dialed
    }
}
