// SPDX-License-Identifier: Apache-2.0

internal import Distributed

/// Puts references in the place of instances in what a call on one node passes on: an instance would bypass its gate.
///
/// It looks into optionals, arrays and dictionaries; an instance inside another type is passed as it is.
enum References {
    /// Whether values of this type can be, or hold, a distributed actor where it would be found.
    static func isCarried(by type: any Any.Type) -> Bool {
        if type is any DistributedActor.Type { return true }
        return (type as? any Carrier.Type)?.carriesActors ?? false
    }

    static func replacing<Value>(_ value: Value) throws -> Value {
        try replaced(value) as? Value ?? value
    }

    static func replacingAny(_ value: any Codable) throws -> any Codable {
        try replaced(value) as? any Codable ?? value
    }

    fileprivate static func replaced(_ value: Any) throws -> Any {
        if let actor = value as? any DistributedActor { return try reference(to: actor) }
        if let carrier = value as? any Carrier { return try carrier.replaced() }
        return value
    }

    private static func reference<Act: DistributedActor>(to actor: Act) throws -> Any {
        try Act.resolve(id: actor.id, using: actor.actorSystem)
    }
}

private protocol Carrier {
    static var carriesActors: Bool { get }
    func replaced() throws -> Any
}

extension Optional: Carrier {
    static var carriesActors: Bool { References.isCarried(by: Wrapped.self) }
    func replaced() throws -> Any {
        try map { try References.replacing($0) } as Any
    }
}

extension Array: Carrier {
    static var carriesActors: Bool { References.isCarried(by: Element.self) }
    func replaced() throws -> Any {
        Self.carriesActors ? try map { try References.replacing($0) } : self
    }
}

extension Dictionary: Carrier {
    static var carriesActors: Bool { References.isCarried(by: Value.self) }
    func replaced() throws -> Any {
        Self.carriesActors ? try mapValues { try References.replacing($0) } : self
    }
}
