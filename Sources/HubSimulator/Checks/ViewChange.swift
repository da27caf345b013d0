// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// What is different in a view: nearly all members of a large one are as they were, and were looked at then.
struct ViewChange {
    /// Members that were not there in this life.
    private(set) var new: [Member] = []
    /// Lives that are there no more.
    private(set) var gone: [Incarnation] = []
    /// Whether the members are sorted by name, each once, if those of before were.
    private(set) var isInOrder = true

    init(from old: [Member], to members: [Member]) {
        var next = 0
        var previous: (name: NodeName, isNew: Bool)?
        for member in members {
            while next < old.count, !Self.isSame(old[next], member), old[next].name <= member.name {
                gone.append(old[next].incarnation)
                next += 1
            }
            let isNew = next == old.count || !Self.isSame(old[next], member)
            if isNew { new.append(member) } else { next += 1 }
            // Two that were there follow each other as they did.
            if let previous, isNew || previous.isNew, previous.name >= member.name { isInOrder = false }
            previous = (member.name, isNew)
        }
        gone += old[next...].map(\.incarnation)
    }

    private static func isSame(_ one: Member, _ other: Member) -> Bool {
        one.incarnation == other.incarnation && one.name == other.name
    }
}
