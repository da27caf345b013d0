// SPDX-License-Identifier: Apache-2.0

/// Names one life of a node: new at every boot, and taken anew by a living node that was declared dead.
public struct Incarnation: RawRepresentable, Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    public var description: String { String(rawValue, radix: 16) }
}

/// The one order behind every *which is newer*: hybrid clock time, then the incarnation that minted it.
///
/// Stamps are compared with stamps only, never with a clock. A node never mints one time twice and an incarnation never
/// returns, so a stamp is unique without asking anyone. After Kulkarni et al., *Logical Physical Clocks* (2014).
public struct Stamp: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    /// Wall-clock milliseconds × 65 536, or one more than the highest time the minting node had seen.
    public let time: UInt64
    public let incarnation: Incarnation

    public init(time: UInt64, incarnation: Incarnation) {
        self.time = time
        self.incarnation = incarnation
    }

    public static let zero = Stamp(time: 0, incarnation: Incarnation(rawValue: 0))

    public static func < (left: Self, right: Self) -> Bool {
        left.time == right.time ? left.incarnation < right.incarnation : left.time < right.time
    }

    public var description: String { "\(time).\(incarnation)" }
}

/// Mints stamps: each later than every stamp this node minted or saw.
package struct StampClock: Hashable, Sendable {
    package private(set) var incarnation: Incarnation
    package private(set) var highest: UInt64 = 0

    package init(incarnation: Incarnation) { self.incarnation = incarnation }

    /// The living node goes on under a new incarnation: so do its stamps, above all of the old one.
    package mutating func become(_ incarnation: Incarnation) { self.incarnation = incarnation }

    /// A stamp above everything seen, and not below the wall clock.
    package mutating func mint(at now: Instant) -> Stamp {
        let wall = now.wallMilliseconds.multipliedReportingOverflow(by: Self.ticksPerMillisecond)
        highest = max(highest &+ 1, wall.overflow ? 0 : wall.partialValue)
        return Stamp(time: highest, incarnation: incarnation)
    }

    /// Whether what would be minted now is late for a request of this stamp.
    package func isLate(for request: Stamp, at now: Instant) -> Bool {
        let wall = now.wallMilliseconds.multipliedReportingOverflow(by: Self.ticksPerMillisecond)
        let present = max(highest, wall.overflow ? 0 : wall.partialValue)
        return Stamp(time: present, incarnation: incarnation).isLate(for: request)
    }

    /// Takes note of a stamp of another node; one further ahead than a year is refused.
    ///
    /// - Returns: `false` if the stamp was refused, which the caller counts.
    package mutating func observe(_ stamp: Stamp, at now: Instant) -> Bool {
        let year = Self.millisecondsPerYear * Self.ticksPerMillisecond
        let wall = now.wallMilliseconds &* Self.ticksPerMillisecond
        guard stamp.time <= max(wall, highest).addingReportingOverflow(year).partialValue else { return false }
        highest = max(highest, stamp.time)
        return true
    }

    fileprivate static let ticksPerMillisecond: UInt64 = 65_536
    private static let millisecondsPerYear: UInt64 = 366 * 24 * 3600 * 1000
}

extension Stamp {
    /// Whether a decision of this stamp came more than ``Limits/lateRequest`` after the request: it counts from the request.
    package func isLate(for request: Stamp) -> Bool {
        guard time > request.time else { return false }
        let lag = (time - request.time) / StampClock.ticksPerMillisecond
        return Duration.milliseconds(Int64(lag)) > Limits.lateRequest
    }
}

/// The stamp of one activation of a child: unique, also across splits and restarts; the higher wins everywhere.
///
/// User code reads its own with ``ProcessContext`` and hands it to stores that fence: a store that has seen a higher
/// epoch refuses the write of a lower one.
public struct Epoch: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    public let stamp: Stamp

    public init(_ stamp: Stamp) { self.stamp = stamp }

    /// Below every epoch of an activation.
    public static let none = Epoch(.zero)

    public static func < (left: Self, right: Self) -> Bool { left.stamp < right.stamp }

    /// Sixteen bytes whose lexicographic order is the order of epochs.
    public var bytes: [UInt8] {
        [stamp.time, stamp.incarnation.rawValue].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
    }

    /// The epoch that ``bytes`` gave, or `nil` if there are not exactly sixteen bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        func word(_ part: some Sequence<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(
            Stamp(time: word(bytes.prefix(8)), incarnation: Incarnation(rawValue: word(bytes.dropFirst(8)))))
    }

    public var description: String { stamp.description }
}
