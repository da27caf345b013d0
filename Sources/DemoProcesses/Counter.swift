// SPDX-License-Identifier: Apache-2.0

public import Distributed
public import ProcessHub

/// Counts: the smallest process that has a state.
public distributed actor Counter: HubProcess {
    public struct Arguments: Codable, Sendable {
        public var start: Int
        public init(start: Int = 0) { self.start = start }
    }

    private var count: Int

    public init(_ arguments: Arguments, actorSystem: HubActorSystem) {
        self.actorSystem = actorSystem
        count = arguments.start
    }

    /// Adds `n` and returns the sum; a sum that no longer fits wraps around.
    public distributed func increment(by n: Int) -> Int {
        count &+= n
        return count
    }

    /// Adds `n` and says under which epoch.
    public distributed func add(_ n: Int) -> Booking {
        count &+= n
        return statement()
    }

    /// The sum.
    public distributed func statement() -> Booking { Booking(sum: count, epoch: context.epoch) }

    // Not a `distributed var`: an optimizing Swift 6.3 crashes where one of another module is used.
    public distributed func value() -> Int { count }

    public static var idempotent: Set<MethodName> { ["value()", "statement()"] }
}
