// SPDX-License-Identifier: Apache-2.0

/// Why a value could not be encoded or decoded, and where. It names places and never shows what stands there.
package struct ValueError: Error, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        // The bytes are not one well-formed data item.
        /// The bytes end inside an item.
        case truncated
        /// A declared length or count is larger than the bytes that are left.
        case lengthBeyondEnd
        /// Bytes follow the value.
        case trailingBytes
        /// Additional information 28, 29 or 30, which the RFC reserves.
        case reservedInformation
        /// An indefinite length where the RFC has none: an integer or a tag.
        case indefiniteNotAllowed
        /// A break outside an indefinite item, after the key of a pair or under a tag.
        case unexpectedBreak
        /// A piece of an indefinite string is not a definite string of the same kind.
        case wrongChunk
        /// A simple value below 32 in its two-byte form.
        case invalidSimple
        /// Text is not UTF-8.
        case invalidUTF8
        /// A map has a key twice.
        case duplicateKey

        // A limit.
        case tooDeep
        case tooManyElements
        case tooLarge

        // The value is not what was asked for.
        /// An item of another kind.
        case wrongType
        /// `null` where the type has no absence.
        case missingValue
        /// A key that the type needs is not in the map.
        case missingKey
        /// The number does not fit the type exactly.
        case numberDoesNotFit
        /// The array has no more elements.
        case noMoreElements
        /// The type itself refused the value; `cause` is what it threw.
        case refusedByType

        // A type's `encode(to:)` or `init(from:)` misuses its coder.
        /// A second value, or a container of another kind, for one place.
        case placeTaken
        /// A container was used after its value was finished, or while a value inside it was being encoded.
        case containerClosed
    }

    package let reason: Reason
    /// Bytes before the place, in the input or the output.
    package let offset: Int
    /// The keys and indices that lead to the place, as in `lines[3].name`; empty for the whole value.
    package let path: String
    /// What the type threw, if it was the type that refused. It is not shown: it may hold the value.
    package let cause: (any Error)?

    package init(_ reason: Reason, offset: Int, path: String = "", cause: (any Error)? = nil) {
        self.reason = reason
        self.offset = offset
        self.path = path
        self.cause = cause
    }

    package var description: String {
        "\(reason) at byte \(offset)\(path.isEmpty ? "" : " (\(path))")"
    }
}

extension ValueError {
    /// What the caller of the codec gets for whatever a type threw.
    init(wrapping error: any Error, offset: Int) {
        switch error {
        case let error as ValueError:
            self = error
        case let error as DecodingError:
            self.init(error, context: error.context, offset: offset)
        case EncodingError.invalidValue(_, let context):
            self.init(error, context: (context.codingPath, context.underlyingError), offset: offset)
        default:
            self.init(.refusedByType, offset: offset, cause: error)
        }
    }

    private init(
        _ error: any Error, context: (path: [any CodingKey], underlying: (any Error)?), offset: Int
    ) {
        if let known = context.underlying as? ValueError {
            self = known
        } else {
            self.init(.refusedByType, offset: offset, path: PathKey.text(context.path), cause: error)
        }
    }
}

extension DecodingError {
    fileprivate var context: (path: [any CodingKey], underlying: (any Error)?) {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            (context.codingPath, context.underlyingError)
        @unknown default: ([], nil)
        }
    }
}
