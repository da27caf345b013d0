// SPDX-License-Identifier: Apache-2.0

/// What a gate knows about the past: part of every copy of a process's state, taken between the same two turns.
///
/// A copy without it would execute again what its state already holds.
package struct GateCopy: Hashable, Sendable {
    package var epoch: Epoch
    /// Turns finished since the process was first activated.
    package var version: UInt64
    /// Where the unbroken line of states began.
    package var since: Epoch
    /// Oldest first.
    package var replies: [RememberedReply]
    /// In the order of the callers.
    package var watermarks: [Watermark]
    /// Callers without a watermark may have been forgotten too.
    package var forgotOthers: Bool

    package init(
        epoch: Epoch, version: UInt64, since: Epoch, replies: [RememberedReply] = [], watermarks: [Watermark] = [],
        forgotOthers: Bool = false
    ) {
        self.epoch = epoch
        self.version = version
        self.since = since
        self.replies = replies
        self.watermarks = watermarks
        self.forgotOthers = forgotOthers
    }
}

/// A request that was executed, and what is left of its reply.
package struct RememberedReply: Hashable, Sendable {
    package var request: RequestID
    package var reply: KeptReply

    package init(request: RequestID, reply: KeptReply) {
        self.request = request
        self.reply = reply
    }
}

package enum KeptReply: Hashable, Sendable {
    case whole(StoredReply)
    /// Dropped to keep memory bounded; the request was executed.
    case gone
}

/// The answer of an executed request, in the bytes that went out.
package struct StoredReply: Hashable, Sendable {
    package var bytes: [UInt8]
    /// The bytes describe an error.
    package var isFailure: Bool

    package init(bytes: [UInt8], isFailure: Bool) {
        self.bytes = bytes
        self.isFailure = isFailure
    }
}

/// The highest sequence of one caller that the window has forgotten: nothing at or below it can be told apart any more.
package struct Watermark: Hashable, Sendable {
    package var caller: Incarnation
    package var sequence: UInt64

    package init(caller: Incarnation, sequence: UInt64) {
        self.caller = caller
        self.sequence = sequence
    }
}

/// How an activation relates to the copy it begins with.
package enum Continuation: Hashable, Sendable {
    /// The copy holds every acknowledged effect (a move, a promotion of a synchronous copy): the line goes on.
    case unbroken
    /// Effects after the copy may be lost: a new line begins with this activation.
    case newLine
}
