// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// What a child must keep to before any node hears of it.
enum ChildRules {
    /// - Throws: ``HubError``; nothing was done.
    static func check(_ child: Child) throws(HubError) {
        try child.id.validate()
        try child.kind.validate()
        if let flaw = child.flaw {
            throw HubError(.unencodableArguments, "\(child.id): \(flaw)", outcome: .notExecuted)
        }
        guard child.arguments.count <= Limits.childArgumentBytes else {
            throw tooLarge(child.id, "the arguments have \(child.arguments.count) bytes", Limits.childArgumentBytes)
        }
        guard child.shutdown >= .zero else {
            throw HubError(.invalidConfiguration, "\(child.id): a shutdown time below zero", outcome: .notExecuted)
        }
        try check(metadata: child.metadata, of: child.id)
        try check(tags: child.tags, of: child.id)
    }

    static func check(metadata: [String: MetadataValue], of id: ChildID) throws(HubError) {
        if metadata.isEmpty { return }
        guard metadata.values.allSatisfy({ $0.isFlat(within: Limits.metadataDepth) }) else {
            throw HubError(
                .tooLarge, "\(id): metadata is nested deeper than \(Limits.metadataDepth)", outcome: .notExecuted)
        }
        let bytes = metadata.reduce(0) { $0 + $1.key.utf8.count + $1.value.weight + 3 }
        guard bytes <= Limits.metadataBytes else {
            throw tooLarge(id, "the metadata has \(bytes) bytes", Limits.metadataBytes)
        }
    }

    static func check(tags: Set<String>, of id: ChildID) throws(HubError) {
        guard tags.count <= Limits.tags else {
            throw HubError(.tooLarge, "\(id) has \(tags.count) tags, more than \(Limits.tags)", outcome: .notExecuted)
        }
        for tag in tags { try check(tag: tag, of: id) }
    }

    private static func check(tag: String, of id: ChildID) throws(HubError) {
        guard tag.utf8.count <= Limits.tagBytes else {
            throw tooLarge(id, "a tag has \(tag.utf8.count) bytes", Limits.tagBytes)
        }
        do {
            try ChildID(tag).validate()
        } catch {
            throw HubError(
                .invalidName, "\(id) has a tag that is empty or holds a control character", outcome: .notExecuted)
        }
    }

    private static func tooLarge(_ id: ChildID, _ what: String, _ limit: Int) -> HubError {
        HubError(.tooLarge, "\(id): \(what), more than \(limit)", outcome: .notExecuted)
    }
}

extension MetadataValue {
    /// Whether lists and maps in it are nested at most so deep.
    fileprivate func isFlat(within depth: Int) -> Bool {
        switch self {
        case .string, .integer, .double, .bool: true
        case .list(let values): depth > 0 && values.allSatisfy { $0.isFlat(within: depth - 1) }
        case .map(let values): depth > 0 && values.values.allSatisfy { $0.isFlat(within: depth - 1) }
        }
    }

    /// The bytes that it takes at most when it is encoded.
    fileprivate var weight: Int {
        switch self {
        case .string(let text): text.utf8.count + 3
        case .integer, .double: 9
        case .bool: 1
        case .list(let values): values.reduce(3) { $0 + $1.weight }
        case .map(let values): values.reduce(3) { $0 + $1.key.utf8.count + 3 + $1.value.weight }
        }
    }
}
