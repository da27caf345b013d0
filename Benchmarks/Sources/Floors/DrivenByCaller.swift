// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// A ``Skeleton`` whose driver is never woken, because whoever posts an event drives: shown for orientation.
public final class DrivenByCaller: Sendable {
    private enum Event: Sendable {
        case asked(UnsafeContinuation<Void, Never>)
        case made(PlainCounter, UnsafeContinuation<Void, Never>)
    }

    private struct Inbox {
        var events: [Event] = []
        var isDriven = false
    }

    private let inbox = Mutex(Inbox())

    public init() {}

    public func once() async {
        await withUnsafeContinuation { post(.asked($0)) }
    }

    private func post(_ event: Event) {
        let mustDrive = inbox.withLock { inbox in
            inbox.events.append(event)
            defer { inbox.isDriven = true }
            return !inbox.isDriven
        }
        if mustDrive { drive() }
    }

    private func drive() {
        while let events = take() {
            for event in events {
                switch event {
                case .asked(let caller): Task.detached { self.post(.made(PlainCounter(), caller)) }
                case .made(_, let caller): caller.resume()
                }
            }
        }
    }

    private func take() -> [Event]? {
        inbox.withLock { inbox in
            guard !inbox.events.isEmpty else {
                inbox.isDriven = false
                return nil
            }
            defer { inbox.events = [] }
            return inbox.events
        }
    }
}
