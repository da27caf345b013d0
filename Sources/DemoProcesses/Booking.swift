// SPDX-License-Identifier: Apache-2.0

public import ProcessHub

/// What a process says after it did something: the sum of what it executed, and under which epoch it did.
///
/// A process that was lost with its node begins anew under a higher epoch; its callers can tell the one from the other.
public struct Booking: Codable, Hashable, Sendable {
    public let sum: Int
    public let epoch: Epoch

    public init(sum: Int, epoch: Epoch) {
        self.sum = sum
        self.epoch = epoch
    }
}
