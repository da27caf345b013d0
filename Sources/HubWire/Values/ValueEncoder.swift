// SPDX-License-Identifier: Apache-2.0

/// Turns any `Encodable` value into CBOR (RFC 8949): definite lengths, shortest forms, maps with text keys.
///
/// `[UInt8]` and the types of the leaf table become byte strings, integers beyond 64 bits become bignums, `nil` becomes
/// `null`. Keys keep the order in which the type writes them.
package struct ValueEncoder: Sendable {
    private let leaves: LeafTable
    private let userInfo: UserInfo
    private let limits: ValueLimits

    package init(
        leaves: LeafTable = .none, userInfo: @escaping UserInfo = { [:] }, limits: ValueLimits = .standard
    ) {
        self.leaves = leaves
        self.userInfo = userInfo
        self.limits = limits
    }

    /// Encodes one value. Throws a `ValueError`.
    package func encode<T: Encodable>(_ value: T) throws -> [UInt8] {
        var bytes: [UInt8] = []
        if isUnbounded, WholeNumbers.append(value, to: &bytes) { return bytes }
        let store = try encoded(value)
        return [UInt8](UnsafeBufferPointer(start: store.bytes.base, count: store.bytes.count))
    }

    /// Appends one value; what was there stays, also when it throws a `ValueError`.
    package func encode<T: Encodable>(_ value: T, into bytes: inout [UInt8]) throws {
        if isUnbounded, WholeNumbers.append(value, to: &bytes) { return }
        let store = try encoded(value)
        bytes.append(contentsOf: UnsafeBufferPointer(start: store.bytes.base, count: store.bytes.count))
    }

    /// Whether no number can be too large.
    private var isUnbounded: Bool { limits.bytes >= Head.longest && limits.elements > 0 }

    private func encoded<T: Encodable>(_ value: T) throws -> EncodingStore {
        let store = EncodingStore(leaves: leaves, userInfo: userInfo, limits: limits)
        do {
            try store.encodeRoot(value)
        } catch {
            throw ValueError(wrapping: error, offset: store.bytes.count)
        }
        return store
    }
}
