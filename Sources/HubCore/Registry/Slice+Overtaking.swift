// SPDX-License-Identifier: Apache-2.0

// Ranges of a slice that overtook what precedes them. A teller goes back to the gap and tells all again; who keeps what
// came is done as soon as the gap is closed. Without that, where much overtakes, a round trip gains only what came in
// order.

extension Slice {
    /// Keeps a range for later, if there is room: no closed gap lets more be written than a message may bring.
    mutating func keep(_ range: SliceRange) {
        let rows = early.reduce(range.rows.count) { $0 + $1.rows.count }
        guard rows <= Limits.earlyRows, early.count < Limits.windowMessages,
            !early.contains(where: { $0.from <= range.from && range.to <= $0.to })
        else { return }
        early.append(range)
    }

    /// A range that was kept and follows what is held by now.
    mutating func takeEarly() -> SliceRange? {
        guard !early.isEmpty else { return nil }
        let held = position
        early.removeAll { $0.to <= held }
        return early.firstIndex { $0.from <= held }.map { early.remove(at: $0) }
    }
}
