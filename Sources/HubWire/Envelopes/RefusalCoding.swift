// SPDX-License-Identifier: Apache-2.0

internal import HubCore

extension Refusal {
    /// The numbers never change.
    fileprivate var number: UInt8 {
        switch self {
        case .unknown: 0
        case .redirect: 1
        case .notHere: 2
        case .stale: 3
        case .overloaded: 4
        case .stopped: 5
        case .deadlinePassed: 6
        case .cancelled: 7
        case .partitioned: 8
        case .expired: 9
        case .replyGone: 10
        }
    }
}

extension ByteWriter {
    mutating func refusal(_ refusal: Refusal) throws(WireFault) {
        u8(refusal.number)
        switch refusal {
        case .redirect(let route): try self.route(route)
        case .stale(let own): epoch(own)
        default: break
        }
    }
}

extension ByteReader {
    /// A refusal; one that only a newer version knows is `unknown`, which promises nothing.
    mutating func refusal() throws(WireFault) -> Refusal {
        switch try u8() {
        case 1: .redirect(try route())
        case 2: .notHere
        case 3: .stale(own: try epoch())
        case 4: .overloaded
        case 5: .stopped
        case 6: .deadlinePassed
        case 7: .cancelled
        case 8: .partitioned
        case 9: .expired
        case 10: .replyGone
        default: .unknown
        }
    }
}
