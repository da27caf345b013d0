// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// The trace as people read it.

extension NodeEvent {
    var words: String {
        switch self {
        case .started(let address, let seeds, let found):
            "started at \(address.words), seeds \((seeds + found).map(\.description).joined(separator: " "))"
        case .candidatesFound(let addresses): "found \(addresses.map(\.description).joined(separator: " "))"
        case .hubStarted(let hub): "hub started: \(hub)"
        case .hubStopped(let hub): "hub stopped: \(hub)"
        case .drainAsked: "asked to drain"
        case .leaveAsked: "asked to leave"
        case .timePassed: "time passed"
        case .linkUp(let node, let incarnation, let address): "link up: \(node) \(incarnation) at \(address.words)"
        case .linkDown(let node, let incarnation, let end): "link down: \(node) \(incarnation), \(end.word)"
        case .dialFailed(let address, let node, let fault):
            "dial failed: \(address)\(node.map { " for \($0)" } ?? ""), \(fault.kind)"
        case .peerRenewed(let node, let old, let new): "renewed: \(node) from \(old) to \(new)"
        case .received(let message, let node, _): "from \(node): \(message.words)"
        }
    }
}

extension NodeEffect {
    var words: String {
        switch self {
        case .send(let message, let node): "to \(node): \(message.words)"
        case .connect(let node, let address): "connect \(node) at \(address)"
        case .dialSeed(let address): "dial seed \(address)"
        case .forgetSeed(let address): "forget seed \(address)"
        case .disconnect(let node, let incarnation): "disconnect \(node) \(incarnation)"
        case .renew(let incarnation): "renew as \(incarnation)"
        case .viewChanged(let view):
            "view \(view.version), \(view.standing.word): \(view.members.map(\.words).joined(separator: " "))"
        case .rosterChanged(let roster):
            "roster, \(roster.standing.word): \(roster.entries.map(\.words).joined(separator: " "))"
        case .nameTaken(let incarnation): "name taken by \(incarnation.map { "\($0)" } ?? "another node")"
        case .left: "left"
        case .note(let note): "note: \(note.words)"
        }
    }
}

extension NodeMessage {
    var words: String {
        guard case .membership(let message) = self else { return "a message of a newer version" }
        let rumours = message.rumours.map(\.words).joined(separator: "; ")
        return "\(message.body.words)\(rumours.isEmpty ? "" : " [\(rumours)]")"
    }
}

extension MembershipMessage.Body {
    fileprivate var words: String {
        switch self {
        case .probe(let number): "probe \(number)"
        case .answer(let number): "answer \(number)"
        case .ask(let number, let life): "ask \(number) for \(life.words)"
        case .reached(let number): "reached \(number)"
        case .missed(let number): "missed \(number)"
        case .news: "news"
        case .greet(let number, let statement): "greet \(number): \(statement.words)"
        case .greeted(let number, let statement): "greeted \(number): \(statement.words)"
        case .compare(let number, let known): "compare \(number): \(known.count) known"
        case .table(let number, let part, let parts): "table \(number), part \(part) of \(parts)"
        case .leaving(let number): "leaving \(number)"
        case .noted(let number): "noted \(number)"
        case .doubt(let number): "doubt \(number)"
        case .verdict(let number, let verdict): "verdict \(number): \(verdict.rawValue)"
        case .unknown(let number): "body \(number)"
        }
    }
}

extension Rumour {
    fileprivate var words: String {
        switch self {
        case .alive(let statement): "alive \(statement.words)"
        case .suspected(let life, let refutation, let by): "suspected \(life.words)/\(refutation) by \(by)"
        case .ended(let life, let refutation, let by): "ended \(life.words)/\(refutation) by \(by)"
        case .dead(let life, let cause): "dead \(life.words) \(cause.rawValue)"
        case .outranked(let life, let by, _): "outranked \(life.words) by \(by)"
        case .left(let life): "left \(life.words)"
        }
    }
}

extension Statement {
    fileprivate var words: String { "\(life.words)/\(refutation) v\(version)" }
}

extension Life {
    fileprivate var words: String { "\(name) \(incarnation)" }
}

extension Member {
    fileprivate var words: String {
        let state = service == .inService ? "" : service == .draining ? " draining" : " damped"
        return "\(name)(\(incarnation)\(state)\(hubs.isEmpty ? "" : " \(hubs.map(\.rawValue).joined(separator: ","))"))"
    }
}

extension Roster.Entry {
    fileprivate var words: String { "\(member.words)=\(state.word)" }
}

extension MembershipNote {
    fileprivate var words: String {
        switch self {
        case .joined(let node, let incarnation), .suspected(let node, let incarnation),
            .cleared(let node, let incarnation), .wentAway(let node, let incarnation):
            "\(kind) \(node) \(incarnation)"
        case .died(let node, let incarnation, let cause): "died \(node) \(incarnation), \(cause.rawValue)"
        case .draining(let node): "draining \(node)"
        case .damped(let node, let span): "damped \(node) for \(span.wholeNanoseconds) ns"
        case .paused(let span): "paused for \(span.wholeNanoseconds) ns"
        case .renewed(let old, let new): "renewed from \(old) to \(new)"
        case .nameClash(let node, let one, let other): "name clash: \(node) \(one) \(other)"
        case .alone: "alone"
        }
    }
}

extension PeerAddress? {
    fileprivate var words: String { map(\.description) ?? "nowhere" }
}

extension Standing {
    package var word: String {
        switch self {
        case .joining: "joining"
        case .serving: "serving"
        case .unsure: "unsure"
        case .leaving: "leaving"
        case .left: "left"
        }
    }
}

extension Roster.State {
    package var word: String {
        switch self {
        case .alive: "alive"
        case .suspected: "suspected"
        case .dead: "dead"
        case .left: "left"
        }
    }
}

extension LinkEnd {
    fileprivate var word: String {
        switch self {
        case .closed: "closed"
        case .goodbye: "goodbye"
        case .silent: "silent"
        case .ours: "ours"
        case .broken: "broken"
        }
    }
}
