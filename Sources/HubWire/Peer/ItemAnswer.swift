// SPDX-License-Identifier: Apache-2.0

internal import HubCore

// Each answer has a length of its own: what a newer version says of a child, in a way that this one does not know, is left
// out, as if it had been lost. The asking node asks again, and at its deadline it says that nobody knows.

extension ItemAnswer {
    func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            writer.u8(place)
            switch result {
            case .outdated(let stamp):
                writer.u8(0)
                writer.stamp(stamp)
            case .decided(let outcome, let stamp):
                writer.u8(1)
                writer.stamp(stamp)
                try outcome.encode(into: &writer)
            }
        }
    }

    /// `nil` for what only a newer version knows.
    init?(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        let place = try fields.u8()
        let tag = try fields.u8()
        guard tag <= 1 else { return nil }
        let stamp = try fields.stamp()
        if tag == 0 {
            self.init(place: place, result: .outdated(stamp))
        } else {
            guard let outcome = try ChildOutcome(from: &fields) else { return nil }
            self.init(place: place, result: .decided(outcome, stamp: stamp))
        }
        try fields.skipExtensionFields()
    }
}

extension ChildOutcome {
    func encode(into writer: inout ByteWriter) throws(WireFault) {
        switch self {
        case .started(let route, let holders):
            writer.u8(0)
            try writer.route(route)
            writer.varint(UInt64(max(0, holders)))
        case .stopped(let hosts, let holders):
            writer.u8(1)
            try writer.rowCount(hosts.count)
            try writer.names(hosts)
            writer.varint(UInt64(max(0, holders)))
        case .changed(let holders):
            writer.u8(2)
            writer.varint(UInt64(max(0, holders)))
        case .failed(let fault):
            writer.u8(3)
            try fault.encode(into: &writer)
        }
    }

    init?(from reader: inout ByteReader) throws(WireFault) {
        switch try reader.u8() {
        case 0: self = .started(try reader.route(), holders: try reader.holders())
        case 1:
            let hosts: [NodeName] = try reader.names(try reader.rowCount())
            self = .stopped(hosts: hosts, holders: try reader.holders())
        case 2: self = .changed(holders: try reader.holders())
        case 3:
            guard let fault = try ChildFault(from: &reader) else { return nil }
            self = .failed(fault)
        default: return nil
        }
    }
}

extension ByteReader {
    fileprivate mutating func holders() throws(WireFault) -> Int { Int(clamping: try varint()) }
}

extension ChildFault {
    fileprivate func encode(into writer: inout ByteWriter) throws(WireFault) {
        switch self {
        case .alreadyStarted(nil): writer.u8(0)
        case .alreadyStarted(let route?):
            writer.u8(1)
            try writer.route(route)
        case .duplicate: writer.u8(2)
        case .unknown: writer.u8(3)
        case .startFailed(let fault, let node):
            writer.u8(4)
            try writer.name(node)
            fault.encode(into: &writer)
        case .noOwner: writer.u8(5)
        case .tooManyHops: writer.u8(6)
        case .deadlinePassed(let accepted): writer.u8(accepted ? 8 : 7)
        case .rolledBack: writer.u8(9)
        case .partitioned: writer.u8(10)
        case .leaving: writer.u8(11)
        case .overloaded: writer.u8(12)
        case .refused(let text):
            writer.u8(13)
            writer.text(text, cutTo: Limits.errorTextBytes)
        }
    }

    fileprivate init?(from reader: inout ByteReader) throws(WireFault) {
        switch try reader.u8() {
        case 0: self = .alreadyStarted(nil)
        case 1: self = .alreadyStarted(try reader.route())
        case 2: self = .duplicate
        case 3: self = .unknown
        case 4:
            let node: NodeName = try reader.name()
            guard let fault = try StartFault(from: &reader) else { return nil }
            self = .startFailed(fault, on: node)
        case 5: self = .noOwner
        case 6: self = .tooManyHops
        case 7: self = .deadlinePassed(accepted: false)
        case 8: self = .deadlinePassed(accepted: true)
        case 9: self = .rolledBack
        case 10: self = .partitioned
        case 11: self = .leaving
        case 12: self = .overloaded
        case 13: self = .refused(try reader.text(limit: Limits.errorTextBytes))
        default: return nil
        }
    }
}

extension StartFault {
    fileprivate func encode(into writer: inout ByteWriter) {
        switch self {
        case .unknownKind: writer.u8(0)
        case .undecodableArguments(let text):
            writer.u8(1)
            writer.text(text, cutTo: Limits.errorTextBytes)
        case .initializerThrew(let text):
            writer.u8(2)
            writer.text(text, cutTo: Limits.errorTextBytes)
        case .timedOut: writer.u8(3)
        case .nodeLeaves: writer.u8(4)
        }
    }

    fileprivate init?(from reader: inout ByteReader) throws(WireFault) {
        switch try reader.u8() {
        case 0: self = .unknownKind
        case 1: self = .undecodableArguments(try reader.text(limit: Limits.errorTextBytes))
        case 2: self = .initializerThrew(try reader.text(limit: Limits.errorTextBytes))
        case 3: self = .timedOut
        case 4: self = .nodeLeaves
        default: return nil
        }
    }
}
