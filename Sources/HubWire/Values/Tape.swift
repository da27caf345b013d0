// SPDX-License-Identifier: Apache-2.0

/// All data items of one value in the order of the bytes, so that any of them is passed over in one step.
///
/// The children of a container follow it; keys and values of a map alternate. Indefinite strings are joined, everything
/// has been checked: what reads a tape has no form to doubt.
struct Tape: ~Copyable {
    struct Item {
        enum Kind: UInt8 {
            case unsigned, negative, bytes, text, array, map, tag, simple, half, single, double
            /// Strings whose pieces were joined in `joined`.
            case joinedBytes, joinedText
        }

        var kind: Kind
        /// Strings: their first byte; others: their head.
        var start: UInt32
        /// The item behind this one and all that it holds. While a container is open: the container around it.
        var next: UInt32
        /// Integers and tags: the argument. Floats: the bits, widened to 64. Strings: the length, and for joined ones,
        /// above it, where the head is. Containers: two numbers, see below.
        var argument: UInt64

        /// Containers: their entries. Pairs count once.
        var count: Int {
            get { Int(argument >> 32) }
            set { argument = argument & 0xFFFF_FFFF | UInt64(truncatingIfNeeded: newValue) << 32 }
        }

        /// Maps: the key that is probably wanted next. Open containers: the items still to come.
        var cursor: UInt32 {
            get { UInt32(truncatingIfNeeded: argument) }
            set { argument = argument & 0xFFFF_FFFF_0000_0000 | UInt64(newValue) }
        }

        var length: Int { Int(truncatingIfNeeded: argument & 0xFFFF_FFFF) }
        var isText: Bool { kind == .text || kind == .joinedText }
        var isBytes: Bool { kind == .bytes || kind == .joinedBytes }
        var isFloat: Bool { kind == .half || kind == .single || kind == .double }
        var isNull: Bool { kind == .simple && (argument == 22 || argument == 23) }
        var isBignum: Bool { kind == .tag && (argument == Head.bignum || argument == Head.negativeBignum) }
    }

    /// The input; valid only while the call that decodes runs.
    let input: UnsafePointer<UInt8>
    var items: Scratch<Item>
    var joined: Scratch<UInt8>
    /// The keys of wide maps, by the maps' places.
    var tables: [Int: KeyTable] = [:]

    init(input: UnsafePointer<UInt8>, capacity: Int) {
        self.input = input
        self.items = Scratch(capacity: capacity)
        // Hardly any value has strings in pieces, so the first of them makes the room.
        self.joined = Scratch(in: .init(mutating: input), capacity: 0)
    }

    @inline(__always)
    func content(_ item: Item) -> UnsafePointer<UInt8> {
        (item.kind == .joinedText || item.kind == .joinedBytes ? UnsafePointer(joined.base) : input) + Int(item.start)
    }

    func bytes(_ item: Item) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: content(item), count: item.length)
    }

    func string(_ item: Item) -> String {
        String(decoding: UnsafeBufferPointer(start: content(item), count: item.length), as: UTF8.self)
    }

    /// The bytes before an item, for errors.
    func offset(of index: Int) -> Int {
        guard index < items.count else { return 0 }
        let item = items.base[index]
        switch item.kind {
        case .joinedText, .joinedBytes: return Int(item.argument >> 32)
        case .text, .bytes: return Int(item.start) &- Head.length(item.argument)
        default: return Int(item.start)
        }
    }
}
