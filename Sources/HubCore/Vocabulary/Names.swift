// SPDX-License-Identifier: Apache-2.0

/// A name made of text: an identifier that people choose, write in a literal and read in a log.
///
/// Making a name never fails, so that a literal or an interpolation can be one; whoever takes a name from outside calls
/// ``validate()`` before it acts on it. Two names are one if their UTF-8 bytes are: texts that only Unicode calls equal,
/// such as an é in one scalar and in two, are two names, on every node and in every table.
public protocol TextName: RawRepresentable, Hashable, Comparable, Codable, Sendable, ExpressibleByStringInterpolation,
    CustomStringConvertible
where RawValue == String, StringLiteralType == String {
    init(rawValue: String)
    /// The word used for this sort of name in an error message.
    static var noun: String { get }
}

extension TextName {
    public init(_ text: String) { self.init(rawValue: text) }
    public init(stringLiteral text: String) { self.init(rawValue: text) }
    /// The name as it may be shown in a terminal or a log, whoever chose it: what is not printable is escaped.
    public var description: String { rawValue.escaped }

    // Inlined, for names are compared and hashed everywhere and in all modules.
    @inlinable
    public static func == (left: Self, right: Self) -> Bool { NameBytes.equal(left.rawValue, right.rawValue) }

    @inlinable
    public static func < (left: Self, right: Self) -> Bool { NameBytes.precedes(left.rawValue, right.rawValue) }

    @inlinable
    public func hash(into hasher: inout Hasher) { NameBytes.hash(rawValue, into: &hasher) }

    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    /// Checks that the name has 1 to 255 UTF-8 bytes and no control character.
    ///
    /// - Throws: ``HubError`` with the code ``HubError/Code/invalidName``; nothing was done.
    public func validate() throws(HubError) {
        guard let fault = NameFault(of: rawValue) else { return }
        throw HubError(.invalidName, "\(Self.noun) \(fault.reason)", outcome: .notExecuted)
    }
}

/// Texts as bytes, which the standard library compares as Unicode does.
@usableFromInline
enum NameBytes {
    @inlinable
    @inline(__always)
    static func equal(_ left: String, _ right: String) -> Bool {
        isOne(left, right) || equalBytes(left, right)
    }

    /// Whether two texts are the same short one or share their memory, as nearly all equal ones here: two comparisons
    /// tell. Others may be equal too.
    @inlinable
    @inline(__always)
    static func isOne(_ left: String, _ right: String) -> Bool {
        guard MemoryLayout<String>.size == MemoryLayout<(UInt64, UInt64)>.size else { return false }
        // Read only, as plain bits: what has the same bits is the same text.
        let (a, b) = unsafeBitCast(left, to: (UInt64, UInt64).self)
        let (c, d) = unsafeBitCast(right, to: (UInt64, UInt64).self)
        return a == c && b == d
    }

    @usableFromInline
    static func equalBytes(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        return with(left, right) { same(UnsafeRawBufferPointer($0), UnsafeRawBufferPointer($1)) }
    }

    /// Eight bytes at a time: the last eight may overlap those before. Both are equally long.
    @inline(__always)
    private static func same(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count >= 8 else {
            for place in 0..<left.count where left[place] != right[place] { return false }
            return true
        }
        var place = 0
        while place < left.count - 8 {
            if word(left, place) != word(right, place) { return false }
            place += 8
        }
        return word(left, left.count - 8) == word(right, left.count - 8)
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt64 {
        bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
    }

    @usableFromInline
    static func precedes(_ left: String, _ right: String) -> Bool {
        with(left, right) { $0.lexicographicallyPrecedes($1) }
    }

    @usableFromInline
    static func hash(_ text: String, into hasher: inout Hasher) {
        if text.utf8.withContiguousStorageIfAvailable({ hash(UnsafeRawBufferPointer($0), into: &hasher) }) == nil {
            Array(text.utf8).withUnsafeBytes { hash($0, into: &hasher) }
        }
    }

    /// Short names, as most are, in one or two words, which takes half the time that their bytes would.
    @inline(__always)
    private static func hash(_ bytes: UnsafeRawBufferPointer, into hasher: inout Hasher) {
        let count = bytes.count
        switch count {
        case 8...16:
            hasher.combine(word(bytes, 0))
            hasher.combine(word(bytes, count - 8) &+ UInt64(count))
        case ..<8:
            var word = UInt64(count)
            for byte in bytes { word = word << 8 | UInt64(byte) }
            hasher.combine(word)
        default:
            hasher.combine(bytes: bytes)
            hasher.combine(count)  // so that a name beside another one is not the longer of the two
        }
    }

    @inline(__always)
    private static func with(
        _ left: String, _ right: String,
        _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool
    ) -> Bool {
        let result = left.utf8.withContiguousStorageIfAvailable { left in
            right.utf8.withContiguousStorageIfAvailable { right in body(left, right) }
        }
        if case .some(.some(let result)) = result { return result }
        // Text of another system's library.
        return Array(left.utf8).withUnsafeBufferPointer { left in
            Array(right.utf8).withUnsafeBufferPointer { right in body(left, right) }
        }
    }
}

extension String {
    /// Whether the text can be shown in a terminal and written to a log as it is.
    var hasNoControlCharacters: Bool {
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return true }  // as nearly all
        return !unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}

/// Why a text cannot be a name.
private enum NameFault {
    case empty
    case tooLong(Int)
    case controlCharacter

    init?(of text: String) {
        let bytes = text.utf8.count
        if bytes == 0 {
            self = .empty
        } else if bytes > Limits.nameBytes {
            self = .tooLong(bytes)
        } else if !text.hasNoControlCharacters {
            self = .controlCharacter
        } else {
            return nil
        }
    }

    var reason: String {
        switch self {
        case .empty: "is empty"
        case .tooLong(let bytes): "has \(bytes) UTF-8 bytes, more than \(Limits.nameBytes)"
        case .controlCharacter: "contains a control character"
        }
    }
}

/// The name of a hub: nodes that run a hub of the same id form its members.
public struct HubID: TextName {
    public let rawValue: String
    public static let noun = "hub id"
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The id of a child, unique in its hub: 1 to 255 UTF-8 bytes without control characters.
public struct ChildID: TextName {
    public let rawValue: String
    public static let noun = "child id"
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The name of a node, unique in its cluster; with TLS, the subject alternative name of its certificate.
public struct NodeName: TextName {
    public let rawValue: String
    public static let noun = "node name"
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The name of a cluster: nodes of different clusters refuse each other.
public struct ClusterName: TextName {
    public let rawValue: String
    public static let noun = "cluster name"
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The stable wire name of a process type.
public struct ProcessKind: TextName {
    public let rawValue: String
    public static let noun = "process kind"
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The stable wire name of a distributed method, labels included: `increment(by:)`; a property reads `value()`.
public struct MethodName: TextName {
    public let rawValue: String
    public static let noun = "method name"
    public init(rawValue: String) { self.rawValue = rawValue }
}
