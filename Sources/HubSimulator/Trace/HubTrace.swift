// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// What hub machines hear and do, in canonical bytes.

extension TraceBytes {
    /// An event; of a message its sender has traced the bytes.
    func traced(_ event: HubEvent) {
        switch event {
        case .viewChanged(let view):
            varint(view.version)
            u8(view.standing.rawValue)
            for member in view.members {
                text(member.name.rawValue)
                u64(member.incarnation.rawValue)
                u8(member.service.rawValue)
            }
        case .linkUp(let node, let incarnation), .received(_, let node, let incarnation):
            text(node.rawValue)
            u64(incarnation.rawValue)
        case .drainAsked(let time): traced(time)
        case .timePassed, .workContinued: break
        case .startAsked(let id, let children, let options):
            varint(id.number)
            for child in children { traced(child) }
            traced(options.deadline)
            u8(options.onFailure.rawValue)
            u8(options.existing.rawValue)
        case .stopAsked(let id, let children, let options):
            varint(id.number)
            for child in children { text(child.rawValue) }
            traced(options.deadline)
        case .changeAsked(let id, let child, let metadata, let tags, let deadline):
            varint(id.number)
            text(child.rawValue)
            if let metadata { sorted(metadata.keys) }
            if let tags { sorted(tags) }
            traced(deadline)
        case .instancesStarted(let instances): for instance in instances { traced(instance) }
        case .instanceFailed(let instance, let fault):
            traced(instance)
            u8(fault.kind.rawValue)
        case .instanceEnded(let instance, let reason):
            traced(instance)
            u8(reason.kind.rawValue)
        case .authorityAnswered(let answer): traced(answer)
        }
    }

    /// An effect; what is sent follows in its own bytes.
    func traced(_ effect: HubEffect) {
        switch effect {
        case .send(_, let node): text(node.rawValue)
        case .startInstances(let orders):
            for order in orders {
                traced(order.child)
                traced(order.epoch)
                u8(order.cause.rawValue)
            }
        case .stopInstances(let orders):
            for order in orders {
                traced(order.instance)
                u8(order.cause.kind.rawValue)
            }
        case .renewInstances(let orders):
            for order in orders {
                traced(order.instance)
                traced(order.epoch)
            }
        case .publish(let rows): for row in rows { traced(row) }
        case .answer(let id, let answers):
            varint(id.number)
            for answer in answers {
                text(answer.child.rawValue)
                traced(answer.outcome)
            }
        case .finished(let id, let isRolledBack):
            varint(id.number)
            u8(isRolledBack ? 1 : 0)
        case .ask(let action): traced(action)
        case .drained(let moved, let failed):
            varint(UInt64(moved))
            for child in failed { text(child.rawValue) }
        case .continueWork: break
        case .tell(let note): traced(note)
        }
    }

    /// What has no order, in one. Mostly there is nothing.
    private func sorted(_ texts: some Collection<String>) {
        if texts.isEmpty { return }
        for text in texts.sorted() { self.text(text) }
    }

    /// In words, the frequent ones without a text that holds them.
    private func traced(_ note: HubNote) {
        switch note {
        case .activated(let instance, _, let cause): prefixed { $0.words("activated ", instance, cause.word) }
        case .deactivated(let instance, let reason): prefixed { $0.words("deactivated ", instance, reason.kind.word) }
        default: text(note.words)
        }
    }

    private func words(_ verb: String, _ instance: InstanceID, _ why: String) {
        letters(verb)
        letters(instance.child.description)
        letters("@")
        digits(instance.epoch.stamp.time, radix: 10)
        letters(".")
        digits(instance.epoch.stamp.incarnation.rawValue, radix: 16)
        letters(", ")
        letters(why)
    }

    private func traced(_ time: Duration) { u64(UInt64(bitPattern: time.wholeNanoseconds)) }

    private func traced(_ epoch: Epoch) {
        u64(epoch.stamp.time)
        u64(epoch.stamp.incarnation.rawValue)
    }

    private func traced(_ instance: InstanceID) {
        text(instance.child.rawValue)
        traced(instance.epoch)
    }

    private func traced(_ child: Child) {
        text(child.id.rawValue)
        text(child.kind.rawValue)
        u8(child.restart.rawValue)
        sorted(child.tags)
    }

    private func traced(_ row: ReadRow) {
        text(row.child.rawValue)
        guard case .wished(let kind, let metadata, let tags, let hosts) = row.content else { return u8(0) }
        text(kind.rawValue)
        sorted(metadata.keys)
        sorted(tags)
        for host in hosts {
            text(host.node.rawValue)
            traced(host.epoch)
        }
    }

    private func traced(_ outcome: ChildOutcome) {
        u8(outcome.kind?.rawValue ?? .max)
        switch outcome {
        case .started(let route, let holders):
            text(route.node.rawValue)
            traced(route.epoch)
            varint(UInt64(holders))
        case .stopped(let hosts, let holders):
            for host in hosts { text(host.rawValue) }
            varint(UInt64(holders))
        case .changed(let holders): varint(UInt64(holders))
        case .failed: break
        }
    }

    private func traced(_ action: AuthorityAction) {
        u8(action.kind.rawValue)
        switch action {
        case .claim(let instances): for instance in instances { traced(instance) }
        case .transfer(let child, let node, let epoch):
            text(child.rawValue)
            text(node.rawValue)
            traced(epoch)
        case .release(let children): for child in children { text(child.rawValue) }
        }
    }

    private func traced(_ answer: AuthorityAnswer) {
        u8(answer.kind.rawValue)
        switch answer {
        case .granted(let instances), .refused(let instances): for instance in instances { traced(instance) }
        case .lost, .regained: break
        }
    }
}
