// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Foundation
internal import Synchronization

/// The least that an awaited operation costs whose decisions are taken by a serial driver on a thread of its own: the
/// caller posts an event, the driver is woken, handles it and begins a task, which makes an actor and posts another event,
/// which wakes the driver again, which resumes the caller. Nothing is decided or remembered.
public final class Skeleton: Sendable {
    private enum Event: Sendable {
        case asked(UnsafeContinuation<Void, Never>)
        case made(PlainCounter, UnsafeContinuation<Void, Never>)
        case over
    }

    private let inbox = Mutex<[Event]>([])
    /// Raised once for every event.
    private let posted = DispatchSemaphore(value: 0)

    public init() {}

    /// Begins to drive, until ``end()``.
    public func begin() { Thread.detachNewThread { self.drive() } }

    public func once() async {
        await withUnsafeContinuation { post(.asked($0)) }
    }

    public func end() { post(.over) }

    private func drive() {
        while true {
            posted.wait()
            for event in take() {
                switch event {
                case .asked(let caller): Task.detached { self.post(.made(PlainCounter(), caller)) }
                case .made(_, let caller): caller.resume()
                case .over: return
                }
            }
        }
    }

    private func post(_ event: Event) {
        inbox.withLock { $0.append(event) }
        posted.signal()
    }

    private func take() -> [Event] {
        inbox.withLock { inbox in
            defer { inbox = [] }
            return inbox
        }
    }
}
