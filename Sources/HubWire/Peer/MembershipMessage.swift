// SPDX-License-Identifier: Apache-2.0

package import HubCore

extension MembershipMessage {
    package func encode(into writer: inout ByteWriter) throws(WireFault) {
        try writer.fields { writer throws(WireFault) in
            writer.varint(sender.refutation)
            writer.u8(sender.standing.rawValue)
            writer.u64(sender.digest)
            try writer.fields { writer throws(WireFault) in try body.encode(into: &writer) }
            writer.varint(UInt64(rumours.count))
            for rumour in rumours {
                try writer.fields { writer throws(WireFault) in try rumour.encode(into: &writer) }
            }
        }
    }

    package init(from reader: inout ByteReader) throws(WireFault) {
        var fields = try reader.fields()
        let refutation = try fields.varint()
        // A standing of a newer version serves nothing that this one knows of.
        let standing = Standing(rawValue: try fields.u8()) ?? .joining
        let sender = Sender(refutation: refutation, standing: standing, digest: try fields.u64())
        var inner = try fields.fields()
        let body = try Body(from: &inner)
        var rumours: [Rumour] = []
        for _ in 0..<(try fields.count(limit: Limits.rumours, bytesEach: 2)) {
            var inner = try fields.fields()
            if let rumour = try Rumour.read(from: &inner) { rumours.append(rumour) }
        }
        try fields.skipExtensionFields()
        self.init(sender: sender, body: body, rumours: rumours)
    }
}

extension MembershipMessage.Body {
    fileprivate func encode(into writer: inout ByteWriter) throws(WireFault) {
        writer.u8(tag)
        if let number { writer.varint(number) }
        switch self {
        case .probe, .answer, .reached, .missed, .news, .leaving, .noted, .doubt, .unknown: break
        case .ask(_, let life): try writer.life(life)
        case .greet(_, let statement), .greeted(_, let statement): try writer.statement(statement)
        case .compare(_, let known):
            writer.varint(UInt64(known.count))
            for one in known {
                try writer.life(one.life)
                writer.varint(one.version)
            }
        case .table(_, let part, let parts):
            writer.varint(part)
            writer.varint(parts)
        case .verdict(_, let verdict): writer.u8(verdict.rawValue)
        }
    }

    /// The numbers never change.
    private var tag: UInt8 {
        switch self {
        case .news: 0
        case .probe: 1
        case .answer: 2
        case .ask: 3
        case .reached: 4
        case .missed: 5
        case .greet: 6
        case .greeted: 7
        case .compare: 8
        case .table: 9
        case .leaving: 10
        case .noted: 11
        case .doubt: 12
        case .verdict: 13
        case .unknown(let tag): tag
        }
    }

    private var number: UInt64? {
        switch self {
        case .probe(let number), .answer(let number), .ask(let number, _), .reached(let number), .missed(let number),
            .greet(let number, _), .greeted(let number, _), .compare(let number, _), .table(let number, _, _),
            .leaving(let number), .noted(let number), .doubt(let number), .verdict(let number, _):
            number
        case .news, .unknown: nil
        }
    }

    fileprivate init(from reader: inout ByteReader) throws(WireFault) {
        let tag = try reader.u8()
        switch tag {
        case 0: self = .news
        case 1: self = .probe(number: try reader.varint())
        case 2: self = .answer(number: try reader.varint())
        case 3: self = .ask(number: try reader.varint(), try reader.life())
        case 4: self = .reached(number: try reader.varint())
        case 5: self = .missed(number: try reader.varint())
        case 6: self = .greet(number: try reader.varint(), try reader.statement())
        case 7: self = .greeted(number: try reader.varint(), try reader.statement())
        case 8: self = .compare(number: try reader.varint(), try reader.known())
        case 9: self = .table(number: try reader.varint(), part: try reader.varint(), parts: try reader.varint())
        case 10: self = .leaving(number: try reader.varint())
        case 11: self = .noted(number: try reader.varint())
        case 12: self = .doubt(number: try reader.varint())
        case 13:
            let number = try reader.varint()
            // A verdict of a newer version confirms nothing.
            self = .verdict(number: number, MembershipMessage.Verdict(rawValue: try reader.u8()) ?? .unknown)
        default:
            self = .unknown(tag)
            return  // How its fields go on is not known, only where they end.
        }
        try reader.skipExtensionFields()
    }
}
