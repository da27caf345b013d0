// SPDX-License-Identifier: Apache-2.0

/// What a registry is bounded by; a simulator draws its own.
package struct RegistrySettings: Hashable, Sendable {
    /// How often a node compares everything with a member at least.
    package var antiEntropy: Duration = Limits.antiEntropyInterval
    /// How long a tombstone is kept, on the holder's monotonic clock.
    package var tombstoneLife: Duration = Limits.tombstoneLife
    /// Tombstones beyond this number go before their time once they are told, the oldest first.
    package var tombstones: Int = Limits.tombstones
    /// Wishes written here that some member has not acknowledged; a member that lags behind more takes an exchange.
    package var logRows: Int = Limits.wishLogRows
    /// Copies gone from one slice that are remembered for those who lag; beyond, they take the whole slice. It is as many
    /// as the slice has copies, if that is more.
    package var removals: Int = Limits.sliceRemovals
    /// Rows in one message.
    package var messageRows: Int = Limits.messageRows
    /// Rows on their way to one member.
    package var windowRows: Int = Limits.windowRows
    /// How long an acknowledgement may take before everything after the last one is sent again; doubles up to 16 times.
    package var resend: Duration = Limits.resendDelay

    package init() {}
}
