// SPDX-License-Identifier: Apache-2.0

/// Things to look at later, the earliest first: a binary heap. Nothing is taken out before its time; who looks finds out
/// whether there is still something to do.
package struct DueQueue<Element: Hashable & Sendable>: Hashable, Sendable {
    private var entries: [Entry] = []
    private var added: UInt64 = 0

    private struct Entry: Hashable, Sendable {
        var at: Int64
        /// Of two that are due together, the first added comes first.
        var order: UInt64
        var element: Element

        func isBefore(_ other: Entry) -> Bool { at == other.at ? order < other.order : at < other.at }
    }

    package init() {}

    package var count: Int { entries.count }
    package var next: Instant? { entries.first.map { Instant(nanoseconds: $0.at) } }

    package mutating func add(_ element: Element, at instant: Instant) {
        added += 1
        entries.append(Entry(at: instant.nanoseconds, order: added, element: element))
        rise(from: entries.count - 1)
    }

    /// Takes out the first if it is due.
    package mutating func popDue(at now: Instant) -> Element? {
        guard let first = entries.first, first.at <= now.nanoseconds else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            sink()
        }
        return first.element
    }

    private mutating func rise(from start: Int) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard entries[place].isBefore(entries[parent]) else { return }
            entries.swapAt(place, parent)
            place = parent
        }
    }

    private mutating func sink() {
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < entries.count && entries[child].isBefore(entries[least]) { least = child }
            if least == place { return }
            entries.swapAt(place, least)
            place = least
        }
    }
}
