// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire

/// Who sends, and in which life.
private let peer: NodeName = "n-1"
private let life = Incarnation(rawValue: 0x1122_3344_5566_7788)
private let own = Incarnation(rawValue: 0xAABB)

private let beginning = Instant(nanoseconds: 5_000_000_000_000, wallMilliseconds: 1_760_000_000_000)

/// A node's machine with one member, which is the peer.
struct NodeTarget {
    private var machine = NodeMachine(name: "m", incarnation: own, seed: 1)
    private var now = beginning

    init() {
        handle(.started(address: PeerAddress(host: "10.0.0.9", port: 7_946), seeds: []))
        handle(.linkUp(peer, life, PeerAddress(host: "10.0.0.1", port: 7_946)))
    }

    mutating func receive(_ message: NodeMessage) {
        handle(.received(message, from: peer, life))
        now = now.advanced(by: .milliseconds(300))
        handle(.timePassed)
    }

    private mutating func handle(_ event: NodeEvent) {
        var effects: [NodeEffect] = []
        machine.handle(event, at: now, into: &effects)
        for case .send(let message, _) in effects {
            var writer = ByteWriter()
            do throws(WireFault) {
                try message.encode(into: &writer)
            } catch {
                fatalError("\(message) cannot be sent: \(error)")
            }
            precondition(writer.count <= Limits.frameBytes - 512, "a message of \(writer.count) bytes")
        }
    }
}

/// A hub's machine that runs a child, in a view of two.
struct HubTarget {
    private var machine = HubMachine(hub: "h", node: "m", incarnation: own, seed: 1)
    private var now = beginning
    /// Nothing a peer sends keeps a machine busy for ever.
    private static let mostBatches = 1_000

    init() {
        let members = [Member(name: "m", incarnation: own), Member(name: peer, incarnation: life)]
        handle(.viewChanged(MemberView(version: 1, node: "m", standing: .serving, members: members)))
        handle(.linkUp(peer, life))
        let children = ["c-1", "c-2"].map { Child(id: $0, kind: "Counter", arguments: [1]) }
        handle(.startAsked(OperationID(1), children, StartOptions()))
    }

    mutating func receive(_ message: HubMessage) {
        handle(.received(message, from: peer, life))
        now = now.advanced(by: .milliseconds(300))
        handle(.timePassed)
    }

    private mutating func handle(_ event: HubEvent) {
        var events = [event]
        var batches = 0
        while !events.isEmpty {
            batches += 1
            precondition(batches < Self.mostBatches, "a machine that is never idle")
            var effects: [HubEffect] = []
            machine.handle(events.removeFirst(), at: now, into: &effects)
            for effect in effects { events += answers(to: effect) }
        }
    }

    /// Sends what can be sent, and does with instances as it is told.
    private func answers(to effect: HubEffect) -> [HubEvent] {
        switch effect {
        case .send(let message, _):
            var writer = ByteWriter()
            do throws(WireFault) {
                try message.encode(into: &writer)
            } catch {
                fatalError("\(message) cannot be sent: \(error)")
            }
            precondition(writer.count <= Limits.frameBytes - 512, "a message of \(writer.count) bytes")
            return []
        case .startInstances(let orders):
            return [.instancesStarted(orders.map { InstanceID(child: $0.child.id, epoch: $0.epoch) })]
        case .stopInstances(let orders): return orders.map { .instanceEnded($0.instance, .stopped) }
        case .continueWork: return [.workContinued]
        default: return []
        }
    }
}
