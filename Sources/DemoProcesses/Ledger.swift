// SPDX-License-Identifier: Apache-2.0

public import Distributed
public import ProcessHub

/// An account that refuses to be overdrawn, with an error that its callers can catch by type.
public distributed actor Ledger: HubProcess {
    /// More was asked than there is; nothing was booked.
    public struct Overdrawn: Error, Codable, Hashable, Sendable {
        public let balance: Int
        public let asked: Int
    }

    private var count = 0
    private var sum = 0

    public init(_: NoArguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }

    /// Books `amount` in.
    public distributed func deposit(_ amount: Int) -> Booking { book(amount) }

    /// Books `amount` out.
    ///
    /// - Throws: ``Overdrawn`` if the balance is below `amount`.
    public distributed func withdraw(_ amount: Int) throws -> Booking {
        guard amount <= sum else { throw Overdrawn(balance: sum, asked: amount) }
        return book(0 &- amount)
    }

    public distributed func balance() -> Int { sum }

    /// How many bookings there are.
    public distributed func statement() -> Booking { Booking(sum: count, epoch: context.epoch) }

    public static var errors: [any (Error & Codable & Sendable).Type] { [Overdrawn.self] }
    public static var idempotent: Set<MethodName> { ["balance()", "statement()"] }

    private func book(_ amount: Int) -> Booking {
        count += 1
        sum &+= amount
        return statement()
    }
}
