// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// What the command line asks for.
public struct Options: Sendable {
    public var rounds = 5
    public var seconds = 0.5
    /// Only cases whose name contains this, and the floors their bars need.
    public var only: String?
    /// An absolute path.
    public var certificates = Self.absolute("../Tests/HubTransportTests/Certificates")

    public static let usage = """
        usage: Benchmarks/run.sh [--rounds 5] [--seconds 0.5] [--only TEXT] [--certificates DIRECTORY]
          --only measures the cases whose name contains TEXT, and the floors they are held against
        """

    /// - Throws: ``UsageError`` for an option or a value that is not understood.
    public init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw UsageError(argument: name) }
            switch name {
            case "--rounds": rounds = try Self.number(value, Int.init, above: 0)
            case "--seconds": seconds = try Self.number(value, Double.init, above: 0)
            case "--only": only = value
            case "--certificates": certificates = Self.absolute(value)
            default: throw UsageError(argument: name)
            }
        }
    }

    /// Whether cases are to be prepared in whose names any of these words stands.
    public func wants(_ words: String) -> Bool {
        guard let only else { return true }
        return words.split(separator: " ").contains { only.contains($0) }
    }

    private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

    private static func number<N: Comparable>(_ text: String, _ parse: (String) -> N?, above least: N) throws -> N {
        guard let number = parse(text), number > least else { throw UsageError(argument: text) }
        return number
    }
}

public struct UsageError: Error {
    public let argument: String
    public init(argument: String) { self.argument = argument }
}
