// SPDX-License-Identifier: Apache-2.0

/// What an instance began with.
public enum Activation: Hashable, Codable, Sendable {
    /// With its arguments alone; whatever an earlier activation held is gone.
    case fresh
    /// With the whole state of its predecessor: every acknowledged effect is in it.
    case handedOver
    /// With the best copy that survived a loss: `version` finished turns, `age` old when it was activated.
    case restored(version: UInt64, age: Duration)
}

/// What a copy of a child does.
public enum Role: String, Hashable, Codable, Sendable {
    /// It executes calls.
    case active
    /// It holds state and waits to be promoted.
    case passive
}
