// SPDX-License-Identifier: Apache-2.0

/// Keeps all restarts of a hub on one node within a rate. Beyond it they are delayed; nothing is ever stopped for it.
package struct RestartPace: Hashable, Sendable {
    /// When the last restarts are done, oldest first from `oldest` on; a ring of as many as the limit.
    private var slots: [Instant] = []
    private var oldest = 0

    package init() {}

    /// Takes a place for one more restart.
    ///
    /// - Parameter wanted: when the child itself would restart.
    /// - Returns: when it may: then, or as soon as the window has room again.
    package mutating func place(at wanted: Instant, _ settings: RestartSettings) -> Instant {
        guard slots.count >= max(1, settings.perHub) else {
            slots.append(wanted)
            return wanted
        }
        let allowed = max(wanted, slots[oldest].advanced(by: settings.hubWindow))
        slots[oldest] = allowed
        oldest = (oldest + 1) % slots.count
        return allowed
    }
}
