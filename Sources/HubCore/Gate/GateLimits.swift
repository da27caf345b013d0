// SPDX-License-Identifier: Apache-2.0

/// The bounds of one gate. A node has a gate for each of its processes, so they are kept small.
package struct GateLimits: Hashable, Sendable {
    /// Calls that run or wait while the gate is open.
    package var mailbox: UInt32
    /// Calls that wait while it is held or sealed.
    package var parked: UInt32
    /// Requests whose replies are remembered.
    package var windowEntries: UInt32
    package var windowReplyBytes: UInt32
    /// Callers whose forgotten requests are told apart.
    package var windowCallers: UInt32

    package init(
        mailbox: Int = Limits.mailboxCalls, parked: Int = Limits.parkedCalls,
        windowEntries: Int = Limits.windowEntries, windowReplyBytes: Int = Limits.windowReplyBytes,
        windowCallers: Int = Limits.windowCallers
    ) {
        self.mailbox = UInt32(clamping: mailbox)
        self.parked = UInt32(clamping: parked)
        self.windowEntries = UInt32(clamping: windowEntries)
        self.windowReplyBytes = UInt32(clamping: windowReplyBytes)
        self.windowCallers = UInt32(clamping: windowCallers)
    }

    package static let standard = GateLimits()
}
