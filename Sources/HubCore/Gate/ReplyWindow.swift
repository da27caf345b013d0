// SPDX-License-Identifier: Apache-2.0

internal import DequeModule

/// What a process remembers of the requests it executed for callers that might send them again.
///
/// Bounded three ways: requests, bytes of their replies, callers with a watermark. What it forgets it marks, so that
/// *never seen* and *forgotten* are not confused.
struct ReplyWindow: Hashable, Sendable {
    private var replies: [RequestID: KeptReply] = [:]
    /// Oldest first.
    private var order: Deque<RequestID> = []
    /// Those whose replies are whole, oldest first.
    private var whole: Deque<RequestID> = []
    private var watermarks: [Incarnation: UInt64] = [:]
    private var forgotOthers = false
    private(set) var replyBytes = 0

    var count: Int { replies.count }

    func reply(to request: RequestID) -> KeptReply? {
        replies.isEmpty ? nil : replies[request]
    }

    /// Whether the window may have known the request once.
    func mayHaveForgotten(_ request: RequestID) -> Bool {
        guard let highest = watermarks[request.caller] else { return forgotOthers }
        return request.sequence <= highest
    }

    mutating func remember(_ request: RequestID, _ reply: StoredReply?, within limits: GateLimits) {
        let kept = reply.flatMap { $0.bytes.count <= Int(limits.windowReplyBytes) ? KeptReply.whole($0) : nil }
        insert(request, kept ?? .gone)
        evict(to: limits)
    }

    /// Forgets a request, because its time is over or its node needs the room.
    ///
    /// - Returns: whether it was known.
    mutating func forget(_ request: RequestID, within limits: GateLimits) -> Bool {
        guard let kept = replies.removeValue(forKey: request) else { return false }
        order.removeFirst(request)
        if kept != .gone { whole.removeFirst(request) }
        replyBytes -= kept.byteCount
        mark(request.caller, request.sequence, within: limits)
        return true
    }

    /// Drops a reply and keeps only that the request was executed.
    ///
    /// - Returns: the bytes that were freed.
    mutating func dropReply(to request: RequestID) -> Int {
        guard let kept = replies[request], kept != .gone else { return 0 }
        replies[request] = .gone
        whole.removeFirst(request)
        replyBytes -= kept.byteCount
        return kept.byteCount
    }

    /// The caller's life is over: what the window still holds is answered from it, everything else of it is forgotten.
    mutating func callerLeft(_ caller: Incarnation) {
        guard watermarks[caller] != nil else { return }
        watermarks[caller] = .max
    }

    private mutating func insert(_ request: RequestID, _ kept: KeptReply) {
        if let old = replies.updateValue(kept, forKey: request) {
            order.removeFirst(request)
            if old != .gone { whole.removeFirst(request) }
            replyBytes -= old.byteCount
        }
        order.append(request)
        if kept != .gone { whole.append(request) }
        replyBytes += kept.byteCount
    }

    private mutating func evict(to limits: GateLimits) {
        while replies.count > Int(limits.windowEntries), let oldest = order.first {
            _ = forget(oldest, within: limits)
        }
        while replyBytes > Int(limits.windowReplyBytes), let oldest = whole.first {
            _ = dropReply(to: oldest)
        }
    }

    private mutating func mark(_ caller: Incarnation, _ sequence: UInt64, within limits: GateLimits) {
        if let index = watermarks.index(forKey: caller) {
            watermarks.values[index] = max(watermarks.values[index], sequence)
        } else if makeRoom(within: limits) {
            watermarks[caller] = sequence
        }
    }

    /// Gives up the marks of callers whose lives are over if there is no room for another one; if that isn't enough, the
    /// new caller goes without. Whoever has no mark from then on counts as forgotten.
    private mutating func makeRoom(within limits: GateLimits) -> Bool {
        if watermarks.count < Int(limits.windowCallers) { return true }
        forgotOthers = true
        watermarks = watermarks.filter { $0.value != .max }
        return watermarks.count < Int(limits.windowCallers)
    }
}

extension Deque where Element: Equatable {
    /// Removes the first element that equals `element`; quick where it is among the first.
    mutating func removeFirst(_ element: Element) {
        if first == element {
            removeFirst()
        } else if let index = firstIndex(of: element) {
            remove(at: index)
        }
    }
}

extension ReplyWindow {
    /// The window of an activation that begins with a copy.
    init(_ copy: GateCopy, within limits: GateLimits) {
        forgotOthers = copy.forgotOthers
        for watermark in copy.watermarks { mark(watermark.caller, watermark.sequence, within: limits) }
        for remembered in copy.replies { insert(remembered.request, remembered.reply) }
        evict(to: limits)
    }

    func copy(epoch: Epoch, version: UInt64, since: Epoch) -> GateCopy {
        GateCopy(
            epoch: epoch, version: version, since: since,
            replies: order.compactMap { request in
                replies[request].map { RememberedReply(request: request, reply: $0) }
            },
            watermarks: watermarks.keys.sorted().compactMap { caller in
                watermarks[caller].map { Watermark(caller: caller, sequence: $0) }
            },
            forgotOthers: forgotOthers)
    }
}

extension KeptReply {
    fileprivate var byteCount: Int {
        switch self {
        case .whole(let reply): reply.bytes.count
        case .gone: 0
        }
    }
}
