// SPDX-License-Identifier: Apache-2.0

/// The kinds that wishes name, each kept once: a row holds its number.
struct KindNames: Hashable, Sendable {
    private var names: [ProcessKind] = []
    private var numbers: [ProcessKind: UInt16] = [:]

    /// The number of no kind.
    static let none = UInt16.max

    subscript(number: UInt16) -> ProcessKind { names[Int(number)] }

    /// - Returns: `nil` if a peer has made up more kinds than any hub has.
    mutating func number(of kind: ProcessKind) -> UInt16? {
        if let number = numbers[kind] { return number }
        guard names.count < Limits.kindsPerHub else { return nil }
        let number = UInt16(names.count)
        names.append(kind)
        numbers[kind] = number
        return number
    }
}
