// SPDX-License-Identifier: Apache-2.0

/// A closure that a hub runs when something happens: told by ``on(_:id:priority:_:)``, or asked to change a child before
/// it is activated by ``alter(id:priority:_:)``.
///
/// Hooks of a key run one after another, those of higher priority first, then in the order of registration. Each has five
/// seconds; one that throws or takes longer is logged and counted, and never breaks what it was told of. None is waited
/// for, but for ``HookKey/preChildrenStart`` and those made by ``alter(id:priority:_:)``, which delay only the children
/// they concern.
public struct Hook: Sendable {
    /// Unique among the hooks of its key.
    public let id: String
    public let priority: Int
    /// The name of the key it is registered for.
    package let key: String
    package let body: Body

    package enum Body: Sendable {
        /// Called with the payload of its key; any other is ignored.
        case told(@Sendable (any Sendable) async throws -> Void)
        case altering(@Sendable (inout Child, ActivationCause) async throws -> Void)
    }

    /// A closure that is told what happened.
    public static func on<Payload: Sendable>(
        _ key: HookKey<Payload>, id: String, priority: Int = 0,
        _ body: @escaping @Sendable (Payload) async throws -> Void
    ) -> Hook {
        let told: @Sendable (any Sendable) async throws -> Void = { payload in
            guard let payload = payload as? Payload else { return }
            try await body(payload)
        }
        return Hook(id: id, priority: priority, key: key.name, body: .told(told))
    }

    /// A closure that may change a child on its host before it is activated: its arguments, metadata and tags. The change
    /// becomes a new version of the wish.
    public static func alter(
        id: String, priority: Int = 0,
        _ body: @escaping @Sendable (inout Child, ActivationCause) async throws -> Void
    ) -> Hook {
        Hook(id: id, priority: priority, key: Self.alterKey, body: .altering(body))
    }

    package static let alterKey = "childDataAlter"
}

/// What hooks are registered for, and what they are told.
///
/// A key of your own is a name and a type: `HookKey<Invoice>("invoicePaid")`.
public struct HookKey<Payload: Sendable>: Hashable, Sendable {
    public let name: String
    public init(_ name: String) { self.name = name }
}
