// SPDX-License-Identifier: Apache-2.0

extension DecodingStore {
    /// Reads any value: directly if its type is one item, else as the type says.
    ///
    /// `unsafeBitCast` is safe where the two types have just been found to be the same. Nothing here is a `T?`: the run
    /// time would look that type up at each call.
    @inline(__always)
    func readValue<T: Decodable>(_ type: T.Type, at index: Int) throws -> T {
        // No type below is larger: most structs are through after one comparison.
        if MemoryLayout<T>.size <= 16 {
            if T.self == Int.self { return unsafeBitCast(try integer(index) as Int, to: T.self) }
            if T.self == String.self { return unsafeBitCast(try text(index), to: T.self) }
            if T.self == [UInt8].self {
                return unsafeBitCast([UInt8](try byteString(index, for: type)), to: T.self)
            }
            return try readSmall(type, at: index)
        }
        return try readListed(type, at: index)
    }

    private func readSmall<T: Decodable>(_ type: T.Type, at index: Int) throws -> T {
        if T.self == Double.self { return unsafeBitCast(try double(index), to: T.self) }
        if T.self == Bool.self { return unsafeBitCast(try bool(index), to: T.self) }
        if T.self == UInt64.self { return unsafeBitCast(try integer(index) as UInt64, to: T.self) }
        if T.self == Int64.self { return unsafeBitCast(try integer(index) as Int64, to: T.self) }
        if T.self == UInt32.self { return unsafeBitCast(try integer(index) as UInt32, to: T.self) }
        if T.self == Int32.self { return unsafeBitCast(try integer(index) as Int32, to: T.self) }
        if T.self == UInt8.self { return unsafeBitCast(try integer(index) as UInt8, to: T.self) }
        if T.self == [String].self { return unsafeBitCast(try elements(index, text), to: T.self) }
        if T.self == [Int].self { return unsafeBitCast(try elements(index, integer) as [Int], to: T.self) }
        if T.self == UInt.self { return unsafeBitCast(try integer(index) as UInt, to: T.self) }
        if T.self == Float.self { return unsafeBitCast(try single(index), to: T.self) }
        return try readListed(type, at: index)
    }

    /// The elements of an array that are one item each.
    private func elements<E>(_ index: Int, _ read: (Int) throws -> E) throws -> [E] {
        let array = try container(.array, at: index)
        var elements: [E] = []
        elements.reserveCapacity(item(array).count)
        var element = array &+ 1
        while element < Int(item(array).next) {
            elements.append(try read(element))
            element = Int(item(element).next)
        }
        return elements
    }

    private func readListed<T: Decodable>(_ type: T.Type, at index: Int) throws -> T {
        let identity = ObjectIdentifier(type)
        for leaf in leaves where leaf.type == identity {
            let bytes = try byteString(index, for: type)
            let layout = MemoryLayout<T>.self
            return try withUnsafeTemporaryAllocation(byteCount: layout.size, alignment: layout.alignment) { room in
                guard let place = room.baseAddress else { throw refusal(.wrongType, at: index) }
                try leaf.read(bytes, place)
                return place.assumingMemoryBound(to: T.self).move()
            }
        }
        return try readScope(type, at: index)
    }
}
