// SPDX-License-Identifier: Apache-2.0

package import HubCore

/// Where the chance of a simulation comes from: one stream of numbers for each purpose, so that one draw more in one
/// place leaves every other place as it was.
package enum Chance: UInt64 {
    /// What sort of world a seed is.
    case climate = 1
    /// Which faults happen, and when.
    case faults = 2
    /// How long things are on their way.
    case delays = 3
    /// What happens to messages that may be lost.
    case losses = 4
    /// How long a process takes to get to what arrived.
    case drivers = 5
    /// What callers do.
    case callers = 6
    /// The seeds that machines are given.
    case machines = 7
    /// What sort of hubs a world has, and what their callers, instances and authorities do.
    case hubs = 8
    /// What a few worlds go through beside their faults.
    case extras = 9

    /// The stream of this purpose in the world of a seed.
    package func stream(of seed: UInt64) -> SeededGenerator {
        var mixer = SeededGenerator(seed: seed ^ rawValue &* 0xD6E8_FEB8_6659_FD93)
        _ = mixer.next()
        return SeededGenerator(seed: mixer.next())
    }
}

extension SeededGenerator {
    /// A number from 0 up to, and without, `bound`; 0 for a bound of 0. Lemire's multiplication, whose bias is below
    /// one in 2⁶⁴ / bound.
    package mutating func below(_ bound: UInt64) -> UInt64 {
        next().multipliedFullWidth(by: bound).high
    }

    package mutating func index(below count: Int) -> Int { Int(below(UInt64(count))) }

    /// A number of the range, both ends included.
    package mutating func within(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(below(UInt64(range.upperBound - range.lowerBound) + 1))
    }

    package mutating func happens(perMillion: UInt64) -> Bool {
        perMillion > 0 && below(1_000_000) < perMillion
    }

    package mutating func pick<Element>(_ elements: [Element]) -> Element { elements[index(below: elements.count)] }

    /// Fisher and Yates.
    package mutating func shuffle<Element>(_ elements: inout [Element]) {
        for last in stride(from: elements.count - 1, to: 0, by: -1) {
            elements.swapAt(last, index(below: last + 1))
        }
    }
}
