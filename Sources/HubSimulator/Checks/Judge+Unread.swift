// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// What lies there unread speaks first: a driver hands its machine all that arrived before it lets time pass.

extension Judge {
    /// Time passed for a machine while messages lay there that it had not been handed. Nobody is suspected or called dead
    /// by it whom these would have spoken for: so it is if the machine as it was, told of them first, accuses it of nothing.
    func passedTime(
        _ accusations: [Accusation], _ before: NodeMachine, unread: [NodeEvent], _ node: SimulatedNode, at now: Time
    ) {
        guard !accusations.isEmpty, !unread.isEmpty else { return }
        let instant = node.clock.instant(at: now)
        var machine = before
        var effects: [NodeEffect] = []
        for event in unread { machine.handle(event, at: instant, into: &effects) }
        machine.handle(.timePassed, at: instant, into: &effects)
        let founded = effects.compactMap(\.accusation).map(\.incarnation)
        for accusation in accusations where !founded.contains(accusation.incarnation) {
            fail(
                .unread, node.seat, "\(accusation.name) is \(accusation.word), and what speaks for it lies unread",
                at: now)
        }
    }
}

/// What a machine says against a member.
struct Accusation {
    var name: NodeName
    var incarnation: Incarnation
    var word: String
}

extension NodeEffect {
    var accusation: Accusation? {
        switch self {
        case .note(.suspected(let name, let incarnation)):
            Accusation(name: name, incarnation: incarnation, word: "suspected")
        case .note(.died(let name, let incarnation, _)):
            Accusation(name: name, incarnation: incarnation, word: "called dead")
        default: nil
        }
    }
}
