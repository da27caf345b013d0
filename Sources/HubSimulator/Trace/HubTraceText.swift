// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// What hub machines hear and do, as people read it.

extension HubEvent {
    var words: String {
        switch self {
        case .viewChanged(let view):
            "view \(view.version), \(view.standing.word): \(view.members.map(\.hubWords).joined(separator: " "))"
        case .linkUp(let node, let incarnation): "link up: \(node) \(incarnation)"
        case .received(let message, let node, _): "from \(node): \(message.words)"
        case .drainAsked: "asked to drain"
        case .timePassed: "time passed"
        case .workContinued: "goes on"
        case .startAsked(let id, let children, let options):
            "asked \(id.number): start \(children.map(\.words).joined(separator: " ")), \(options.existing), \(options.onFailure), in \(Plan.span(Time(options.deadline)))"
        case .stopAsked(let id, let children, let options):
            "asked \(id.number): stop \(children.words), in \(Plan.span(Time(options.deadline)))"
        case .changeAsked(let id, let child, _, _, _): "asked \(id.number): change \(child)"
        case .instancesStarted(let instances): "started: \(instances.words)"
        case .instanceFailed(let instance, let fault): "failed: \(instance.words), \(fault.kind)"
        case .instanceEnded(let instance, let reason): "ended: \(instance.words), \(reason.kind)"
        case .authorityAnswered(let answer): "authority: \(answer.words)"
        }
    }
}

extension HubEffect {
    var words: String {
        switch self {
        case .send(let message, let node): "to \(node): \(message.words)"
        case .startInstances(let orders):
            "start \(orders.map { "\($0.child.id)(\($0.epoch), \($0.cause))" }.joined(separator: " "))"
        case .stopInstances(let orders):
            "stop \(orders.map { "\($0.instance.words)(\($0.cause.kind))" }.joined(separator: " "))"
        case .renewInstances(let orders):
            "renew \(orders.map { "\($0.instance.words) as \($0.epoch)" }.joined(separator: " "))"
        case .publish(let rows): "publish \(rows.prefix(8).map(\.words).joined(separator: " "))"
        case .answer(let id, let answers):
            "answer \(id.number): \(answers.prefix(8).map { "\($0.child) \($0.outcome.words)" }.joined(separator: "; "))"
        case .finished(let id, let isRolledBack): "finished \(id.number)\(isRolledBack ? ", rolled back" : "")"
        case .ask(let action): "authority: \(action.words)"
        case .drained(let moved, let failed): "drained: \(moved) moved, \(failed.count) failed"
        case .continueWork: "continue"
        case .tell(let note): "note: \(note.words)"
        }
    }
}

extension HubMessage {
    var words: String {
        switch self {
        case .registry(let message): message.body.words
        case .operation(.asked(let request)):
            "\(kind.map { "\($0)" } ?? "") \(request.operation.caller)/\(request.operation.sequence & 0xFFFF) chunk \(request.chunk), \(request.work.count) children"
        case .operation(.answered(let key, let chunk, let items)):
            "answered \(key.sequence & 0xFFFF) chunk \(chunk): \(items.prefix(8).map(\.words).joined(separator: "; "))"
        case .operation(.abandoned(let key)): "abandoned \(key.sequence & 0xFFFF)"
        case .move(.offered(let child, let epoch)): "offered \(child) \(epoch)"
        case .move(.accepted(let child, let epoch)): "accepted \(child) \(epoch)"
        case .move(.declined(let child, let epoch)): "declined \(child) \(epoch)"
        case .lacking(let kinds): "lacking \(kinds.map(\.rawValue).joined(separator: " "))"
        case .unknown: "a message of a newer version"
        }
    }
}

extension RegistryMessage.Body {
    fileprivate var words: String {
        switch self {
        case .delta(let delta):
            "delta \(delta.number): \(delta.wishes.prefix(8).map(\.words).joined(separator: " ")) | \(delta.slice?.words ?? "") | \(delta.loose.prefix(8).map(\.words).joined(separator: " "))"
        case .received(let receipt):
            "received \(receipt.number)\(receipt.slice.map { ", \($0.life) to \($0.number)\($0.isGap ? " with a gap" : "")" } ?? "")\(receipt.covered.isEmpty ? "" : ", covers \(receipt.covered.count)")"
        case .compare(let summary): "compare \(summary.round): \(summary.words)"
        case .compared(let summary, let buckets):
            "compared \(summary.round): \(summary.words), \(buckets.count) buckets"
        case .keys(let keys):
            "keys \(keys.round): \(keys.buckets.flatMap(\.keys).prefix(8).map(\.words).joined(separator: " "))"
        case .differences(let found):
            "differences \(found.round): \(found.wishes.prefix(8).map(\.words).joined(separator: " ")), wants \(found.wanted.count), covers \(found.covered.count)"
        case .wishes(let wishes): "wishes \(wishes.prefix(8).map(\.words).joined(separator: " "))"
        case .completed(let round, let horizon): "completed \(round), horizon \(horizon)"
        case .sliceWanted(let life, let from): "wants \(life) from \(from)"
        case .relayAsked(let node): "asks for a relay of \(node)"
        case .unknown: "a message of a newer version"
        }
    }
}

extension Summary {
    fileprivate var words: String {
        "\(isReady ? "" : "not ready, ")horizon \(horizon), \(slices.map { "\($0.life.node):\($0.number)" }.joined(separator: " "))"
    }
}

extension WishKey {
    fileprivate var words: String { "\(id)=\(desired)@\(version.stamp)" }
}

extension Wish {
    fileprivate var words: String { "\(id)=\(isRunning ? "running" : "stopped")@\(stamp)" }
}

extension SliceRange {
    fileprivate var words: String {
        "\(life.node) \(from)-\(to) of \(top): \(rows.prefix(8).map(\.words).joined(separator: " "))"
    }
}

extension SliceRow {
    fileprivate var words: String { "\(child)=\(copy.map { "\($0.status)@\($0.epoch)" } ?? "none")" }
}

extension ItemAnswer {
    fileprivate var words: String {
        switch result {
        case .decided(let outcome, let stamp): "\(place) \(outcome.words)@\(stamp)"
        case .outdated(let stamp): "\(place) outdated by \(stamp)"
        }
    }
}

extension ChildOutcome {
    var words: String {
        switch self {
        case .started(let route, let holders): "started on \(route.node) under \(route.epoch), held by \(holders)"
        case .stopped(let hosts, let holders):
            "stopped on \(hosts.map(\.rawValue).joined(separator: ",")), held by \(holders)"
        case .changed(let holders): "changed, held by \(holders)"
        case .failed(let fault): "failed: \(fault)"
        }
    }
}

extension Child {
    fileprivate var words: String { "\(id)(\(kind), \(restart))" }
}

extension InstanceID {
    fileprivate var words: String { "\(child)@\(epoch)" }
}

extension [InstanceID] {
    fileprivate var words: String { map(\.words).joined(separator: " ") }
}

extension [ChildID] {
    fileprivate var words: String { map(\.rawValue).joined(separator: " ") }
}

extension ReadRow {
    fileprivate var words: String {
        guard case .wished(_, _, _, let hosts) = content else { return "\(child) gone" }
        return "\(child) on \(hosts.map { "\($0.node)@\($0.epoch)" }.joined(separator: ","))"
    }
}

extension Member {
    fileprivate var hubWords: String { "\(name)(\(incarnation)\(service == .inService ? "" : " \(service)"))" }
}

extension AuthorityAction {
    fileprivate var words: String {
        switch self {
        case .claim(let instances): "claim \(instances.words)"
        case .transfer(let child, let node, let epoch): "transfer \(child) to \(node) under \(epoch)"
        case .release(let children): "release \(children.words)"
        }
    }
}

extension AuthorityAnswer {
    fileprivate var words: String {
        switch self {
        case .granted(let instances): "granted \(instances.words)"
        case .refused(let instances): "refused \(instances.words)"
        case .lost: "lost"
        case .regained: "regained"
        }
    }
}

extension ActivationCause {
    /// The name of the case, which the runtime would look up at length: notes are traced by their words.
    var word: String {
        switch self {
        case .start: "start"
        case .move: "move"
        case .failover: "failover"
        case .restart: "restart"
        }
    }
}

extension ExitReason.Kind {
    var word: String {
        switch self {
        case .normal: "normal"
        case .failed: "failed"
        case .stopped: "stopped"
        }
    }
}

extension HubNote {
    var words: String {
        switch self {
        case .activated(let instance, _, let cause): "activated \(instance.words), \(cause.word)"
        case .deactivated(let instance, let reason): "deactivated \(instance.words), \(reason.kind.word)"
        case .quarantined(let child, let failures): "quarantined \(child) after \(failures)"
        case .conflictResolved(let child, let kept, let ended): "conflict of \(child): \(kept) stays, \(ended) ends"
        case .droppedAsStopped(let child): "dropped \(child) as stopped"
        case .refusedStamp(let stamp, let node): "refused \(stamp) of \(node)"
        case .childMoved(let child, let from, let to): "moved \(child) from \(from) to \(to)"
        case .restartsDelayed(let until): "restarts delayed by \(until.wholeNanoseconds) ns"
        }
    }
}
