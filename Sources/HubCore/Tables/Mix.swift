// SPDX-License-Identifier: Apache-2.0

/// The last step of SplitMix64: every bit of the result depends on every bit of the word.
package enum Mix {
    @inline(__always)
    package static func finish(_ word: UInt64) -> UInt64 {
        var hash = word &+ 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        return hash ^ (hash >> 31)
    }
}
