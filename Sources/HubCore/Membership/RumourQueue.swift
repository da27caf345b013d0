// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

/// The rumours that a node still passes on: the newest first, then those told least.
struct RumourQueue: Hashable {
    private struct Item: Hashable {
        var rumour: Rumour
        var told: Int
    }

    private var items: Deque<Item> = []

    var isEmpty: Bool { items.isEmpty }
    var count: Int { items.count }

    /// Above the bound the one told most goes.
    mutating func add(_ rumour: Rumour) {
        items.prepend(Item(rumour: rumour, told: 0))
        if items.count > Limits.rumours { items.removeLast() }
    }

    /// Appends what the next message carries to `rumours`, within the bounds of a message, and forgets what is no longer
    /// true or has been told often enough.
    mutating func take(into rumours: inout [Rumour], repeats: Int, isTrue: (Rumour) -> Bool) {
        var bytes = rumours.reduce(0) { $0 + $1.roughBytes }
        for _ in 0..<items.count {
            guard rumours.count < Limits.rumoursPerMessage, var item = items.popFirst() else { return }
            guard isTrue(item.rumour) else { continue }
            let size = item.rumour.roughBytes
            guard rumours.isEmpty || bytes + size <= Limits.rumourBytesPerMessage else {
                items.prepend(item)
                return
            }
            bytes += size
            rumours.append(item.rumour)
            item.told += 1
            if item.told < repeats { items.append(item) }
        }
    }
}
