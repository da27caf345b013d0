// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// The least that an awaited operation on a serial driver costs: the caller posts an event, whoever drives handles it and
/// begins a task, which posts another event, which resumes the caller. Nothing is decided, made or remembered.
public final class Skeleton: Sendable {
    private enum Event: Sendable {
        case asked(UnsafeContinuation<Void, Never>)
        case done(UnsafeContinuation<Void, Never>)
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
                case .asked(let caller): Task.detached { self.post(.done(caller)) }
                case .done(let caller): caller.resume()
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
