// SPDX-License-Identifier: Apache-2.0

package import HubCore

extension OperationMessage {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            switch self {
            case .abandoned(let operation):
                writer.u8(0)
                writer.request(operation)
            case .asked(let request):
                writer.u8(1)
                try request.encode(into: &writer)
            case .answered(let operation, let chunk, let items):
                writer.u8(2)
                writer.request(operation)
                writer.varint(UInt64(chunk))
                try writer.rowCount(items.count)
                try writer.column(items) { writer, item throws(WireFault) in try item.encode(into: &writer) }
            }
        }
    }

    /// `nil` for a message, or a sort of work, that only a newer version knows.
    package init?(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        switch try fields.u8() {
        case 0: self = .abandoned(try fields.request())
        case 1:
            guard let request = try OperationRequest(from: &fields) else { return nil }
            self = .asked(request)
        case 2:
            let operation = try fields.request()
            let chunk = UInt32(truncatingIfNeeded: try fields.varint())
            let count = try fields.rowCount()
            let items = try fields.column(count) { reader throws(WireFault) in try ItemAnswer(from: &reader) }
            self = .answered(operation, chunk: chunk, items.compactMap { $0 })
        default: return nil
        }
        try fields.skipExtensionFields()
    }
}

extension OperationRequest {
    func encode(into writer: inout ByteWriter) throws(WireFault) {
        writer.request(operation)
        writer.varint(UInt64(chunk))
        try writer.name(asker)
        writer.u8(hops)
        writer.stamp(stamp)
        writer.varint(UInt64(max(0, remaining.wholeNanoseconds)))
        try writer.rowCount(lacking.count)
        try writer.names(lacking)
        switch work {
        case .start(let items, let existing):
            writer.u8(0)
            writer.u8(existing.rawValue)
            try writer.rowCount(items.count)
            try writer.column(items) { writer, item in writer.u8(item.place) }
            try writer.names(of: items) { $0.child.id }
            try writer.column(items) { writer, item in writer.u8(WishTraits(item.child).rawValue) }
            try writer.children(items.map(\.child))
        case .stop(let items):
            writer.u8(1)
            try writer.stopItems(items)
        case .undo(let items):
            writer.u8(2)
            try writer.stopItems(items)
        case .change(let item):
            writer.u8(3)
            try item.encode(into: &writer)
        }
    }

    init?(from reader: inout ByteReader) throws(WireFault) {
        let operation = try reader.request()
        let chunk = UInt32(truncatingIfNeeded: try reader.varint())
        let asker: NodeName = try reader.name()
        let hops = try reader.u8()
        let stamp = try reader.stamp()
        let remaining = Duration.nanoseconds(Int64(clamping: min(try reader.varint(), Self.longestNanoseconds)))
        let lacking: [NodeName] = try reader.names(try reader.rowCount())
        let work: Work
        switch try reader.u8() {
        case 0:
            let existing = StartOptions.ExistingPolicy(rawValue: try reader.u8()) ?? .refuse
            work = .start(try reader.startItems(), existing)
        case 1: work = .stop(try reader.stopItems())
        case 2: work = .undo(try reader.stopItems())
        case 3: work = .change(try ChangeItem(from: &reader))
        default: return nil
        }
        self.init(
            operation: operation, chunk: chunk, asker: asker, stamp: stamp, remaining: remaining, work: work)
        self.hops = hops
        self.lacking = lacking
    }

    private static var longestNanoseconds: UInt64 { UInt64(Limits.remainingTimeNanoseconds) }
}

extension ByteWriter {
    fileprivate mutating func stopItems(_ items: [StopItem]) throws(WireFault) {
        try rowCount(items.count)
        try column(items) { writer, item in writer.u8(item.place) }
        try names(items.map(\.child))
        try stamps(items.map(\.known))
    }
}

extension ByteReader {
    fileprivate mutating func startItems() throws(WireFault) -> [StartItem] {
        let count = try rowCount()
        let places = try column(count) { reader throws(WireFault) in try reader.u8() }
        let ids: [ChildID] = try names(count)
        let traits = try column(count) { reader throws(WireFault) in WishTraits(rawValue: try reader.u8()) }
        let children = try children(ids.indices.map { (ids[$0], traits[$0]) })
        return children.indices.map { StartItem(place: places[$0], child: children[$0]) }
    }

    fileprivate mutating func stopItems() throws(WireFault) -> [StopItem] {
        let count = try rowCount()
        let places = try column(count) { reader throws(WireFault) in try reader.u8() }
        let ids: [ChildID] = try names(count)
        let stamps = try stamps(count)
        return ids.indices.map { StopItem(place: places[$0], child: ids[$0], known: stamps[$0]) }
    }
}

extension ChangeItem {
    func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.name(child)
        writer.stamp(known)
        writer.u8((metadata == nil ? 0 : 1) | (tags == nil ? 0 : 2))
        if let metadata { try writer.metadata(metadata) }
        if let tags { try writer.tags(tags) }
    }

    init(from reader: inout ByteReader) throws(WireFault) {
        let child: ChildID = try reader.name()
        let known = try reader.stamp()
        let parts = try reader.u8()
        self.init(
            child: child, known: known, metadata: parts & 1 == 0 ? nil : try reader.metadata(),
            tags: parts & 2 == 0 ? nil : try reader.tags())
    }
}
