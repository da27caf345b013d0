// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Testing

@Suite("ExpiryRing")
struct ExpiryRingTests {
    private func seconds(_ count: Int) -> Instant { Instant(nanoseconds: Int64(count) * 1_000_000_000) }

    @Test("keys leave one lifetime after they came, in order")
    func expires() {
        var ring = Ring(lifetime: .seconds(10), capacity: 100)
        #expect(ring.nextExpiry == nil)
        #expect(ring.append(1, at: seconds(0)) == nil)
        #expect(ring.append(2, at: seconds(3)) == nil)
        #expect(ring.nextExpiry == seconds(10))
        #expect(ring.popExpired(at: seconds(9)) == nil)
        #expect(ring.popExpired(at: seconds(12)) == 1)
        #expect(ring.popExpired(at: seconds(12)) == nil)
        #expect(ring.popExpired(at: seconds(13)) == 2)
        #expect(ring.count == 0)
        #expect(ring.popOldest() == nil)
    }

    @Test("a full ring pushes out its oldest key")
    func bounded() {
        var ring = Ring(lifetime: .seconds(10), capacity: 2)
        _ = ring.append(1, at: seconds(0))
        _ = ring.append(2, at: seconds(0))
        #expect(ring.append(3, at: seconds(1)) == 1)
        #expect(ring.count == 2)
        #expect(ring.popOldest() == 2)
        #expect(ring.popOldest() == 3)
        var least = Ring(lifetime: .seconds(1), capacity: 0)
        #expect(least.append(1, at: .zero) == nil)
        #expect(least.append(2, at: .zero) == 1)
    }

    @Test("it keeps its order over many pieces, whatever comes and goes", arguments: [1, 511, 512, 513, 2_000])
    func pieces(lag: Int) {
        var ring = Ring(lifetime: .seconds(10), capacity: 10_000)
        var next = 0
        for number in 0..<6_000 {
            _ = ring.append(number, at: seconds(number))
            guard number >= lag else { continue }
            #expect(ring.popOldest() == next)
            next += 1
        }
        #expect(ring.count == 6_000 - next)
        while let key = ring.popExpired(at: .distantFuture) {
            #expect(key == next)
            next += 1
        }
        #expect(next == 6_000)
    }
}

/// A ring of numbers, so that the tests read well.
private struct Ring {
    private final class Process: Sendable {}
    private var ring: ExpiryRing
    private let process = Process()

    init(lifetime: Duration, capacity: Int) { ring = ExpiryRing(lifetime: lifetime, capacity: capacity) }

    var count: Int { ring.count }
    var nextExpiry: Instant? { ring.nextExpiry }

    mutating func append(_ number: Int, at now: Instant) -> Int? {
        let request = RequestID(caller: Incarnation(rawValue: 1), sequence: UInt64(number))
        return Self.number(ring.append(ExpiryRing.Key(owner: process, request: request), at: now))
    }

    mutating func popExpired(at now: Instant) -> Int? { Self.number(ring.popExpired(at: now)) }
    mutating func popOldest() -> Int? { Self.number(ring.popOldest()) }

    private static func number(_ key: ExpiryRing.Key?) -> Int? { key.map { Int($0.request.sequence) } }
}
