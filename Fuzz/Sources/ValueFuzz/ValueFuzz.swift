// SPDX-License-Identifier: Apache-2.0

internal import HubWire

/// Decodes the bytes as any value and as values of some types; what decodes must survive being encoded again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzValues(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    guard let tree = try? ValueTree(decoding: bytes) else {
        refuse(Shapes.Order.self, bytes)
        refuse([Double].self, bytes)
        return 0
    }
    guard (try? ValueTree(decoding: tree.encoded)) == tree else { fatalError("the tree changed when encoded again") }
    check(Shapes.Five.self, bytes)
    check(Shapes.Command.self, bytes)
    check(Shapes.Order.self, bytes)
    check([String: [Int]].self, bytes)
    check([UInt8].self, bytes)
    check([Int128?].self, bytes)
    check(Branch.self, bytes)
    check(Derived.self, bytes)
    _ = try? ValueDecoder().decode([Double].self, from: bytes)
    _ = try? ValueDecoder().decode([Int8: Float].self, from: bytes)
    return 0
}

/// What is no value at all must be none for a type either.
private func refuse<T: Decodable>(_ type: T.Type, _ bytes: UnsafeRawBufferPointer) {
    if (try? ValueDecoder().decode(type, from: bytes)) != nil { fatalError("\(type) was decoded from malformed bytes") }
}

private func check<T: Codable & Equatable>(_ type: T.Type, _ bytes: UnsafeRawBufferPointer) {
    guard let value = try? ValueDecoder().decode(type, from: bytes) else { return }
    guard let again = try? ValueEncoder().encode(value) else { fatalError("\(type) was decoded and cannot be encoded") }
    guard (try? ValueDecoder().decode(type, from: again)) == value else { fatalError("\(type) changed") }
}
