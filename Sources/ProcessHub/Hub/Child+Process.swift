// SPDX-License-Identifier: Apache-2.0

internal import HubCore

extension Child {
    /// Five seconds.
    public static let defaultShutdown = Limits.childShutdown

    /// A child of a process type.
    ///
    /// Nothing is checked here: a child that breaks a limit, or whose arguments cannot be encoded, is refused by the
    /// operation it is given to, which says why.
    ///
    /// - Parameters:
    ///   - id: unique in the hub; 1 to 255 UTF-8 bytes without control characters.
    ///   - arguments: what each instance is made from; at most 512 KiB encoded.
    ///   - metadata: what lookups show of it; at most 4 KiB encoded.
    ///   - tags: by which it is found; at most 16 of at most 64 bytes each.
    ///   - restart: when an instance that ended is started again.
    ///   - shutdown: how long an instance may take to end its turns and its `run()`, and as long again for `terminate`.
    public init<P: HubProcess>(
        _ type: P.Type, id: ChildID, _ arguments: P.Arguments, metadata: [String: MetadataValue] = [:],
        tags: Set<String> = [], restart: RestartPolicy = .permanent, shutdown: Duration = Self.defaultShutdown
    ) {
        self.init(
            id: id, kind: P.kind, metadata: metadata, tags: tags, restart: restart, shutdown: shutdown)
        do {
            self.arguments = try Codec.forArguments.encode(arguments)
        } catch {
            flaw = "\(error)".capped(bytes: Limits.shownBytes)
        }
    }

    /// A child of a process type that needs no arguments.
    public init<P: HubProcess>(
        _ type: P.Type, id: ChildID, metadata: [String: MetadataValue] = [:], tags: Set<String> = [],
        restart: RestartPolicy = .permanent, shutdown: Duration = Self.defaultShutdown
    ) where P.Arguments == NoArguments {
        self.init(
            type, id: id, NoArguments(), metadata: metadata, tags: tags, restart: restart, shutdown: shutdown)
    }
}

extension Codec {
    /// Encodes what children are made from: references in it need no system to be written.
    static let forArguments = Codec { nil }
}
