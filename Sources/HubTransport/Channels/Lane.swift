// SPDX-License-Identifier: Apache-2.0

/// Which queue of a connection a frame waits in. Frames of one lane arrive in the order they were sent.
package enum Lane: Hashable, Sendable {
    /// Overtakes every queued call: probes, orders, cancellations.
    case control
    /// Calls, replies and the definitions of methods.
    case calls
    /// Large transfers, on a connection of their own.
    case bulk
}

/// What became of a frame that was to be sent.
package enum SendResult: Hashable, Sendable {
    /// It waits to be written. Whether it arrives, only an answer tells.
    case queued
    /// The lane holds as many bytes as it may; nothing was queued.
    case overloaded
    /// The connection is gone; nothing was queued.
    case closed
    /// The body gave up; nothing was queued.
    case abandoned
}
