// SPDX-License-Identifier: Apache-2.0

/// Values that are one item. The places are of the tape.
extension DecodingStore {
    func integer<T: FixedWidthInteger>(_ index: Int) throws -> T {
        let place = content(index)
        let item = item(place)
        switch item.kind {
        case .unsigned:
            if let value = T(exactly: item.argument) { return value }
        case .negative:
            if item.argument <= UInt64(Int64.max), let value = T(exactly: ~Int64(bitPattern: item.argument)) {
                return value
            }
            if let value = T(exactly: ~Int128(item.argument)) { return value }
        case .tag:
            return try bignum(place)
        default:
            throw mismatch(T.self, at: place)
        }
        throw unfit(T.self, at: place)
    }

    private func bignum<T: FixedWidthInteger>(_ index: Int) throws -> T {
        guard let magnitude = try magnitude(index, for: T.self) else { throw unfit(T.self, at: index) }
        if item(index).argument == Head.bignum {
            if let value = T(exactly: magnitude) { return value }
        } else if let signed = Int128(exactly: magnitude), let value = T(exactly: ~signed) {
            return value
        }
        throw unfit(T.self, at: index)
    }

    /// The number that a bignum's bytes are; `nil` beyond 128 bits.
    private func magnitude(_ index: Int, for type: Any.Type) throws -> UInt128? {
        let string = item(index &+ 1)
        guard string.isBytes else { throw mismatch(type, at: index) }
        let digits = tape.bytes(string).drop { $0 == 0 }
        guard digits.count <= 16 else { return nil }
        return digits.reduce(0) { $0 << 8 | UInt128($1) }
    }

    func double(_ index: Int) throws -> Double {
        let place = content(index)
        let item = item(place)
        switch item.kind {
        case .half, .single, .double:
            return Double(bitPattern: item.argument)
        case .unsigned, .negative, .tag:
            guard let value = Double(exactly: try integer(place) as Int128) else { throw unfit(Double.self, at: place) }
            return value
        default:
            throw mismatch(Double.self, at: place)
        }
    }

    func single(_ index: Int) throws -> Float {
        let place = content(index)
        let item = item(place)
        switch item.kind {
        case .half, .single, .double:
            if let bits = FloatForms.single(exactly: item.argument) { return Float(bitPattern: bits) }
            let value = Double(bitPattern: item.argument)
            if value.isNaN { return Float(value) }
        case .unsigned, .negative, .tag:
            if let value = Float(exactly: try integer(place) as Int128) { return value }
        default:
            throw mismatch(Float.self, at: place)
        }
        throw unfit(Float.self, at: place)
    }

    func bool(_ index: Int) throws -> Bool {
        let place = content(index)
        let item = item(place)
        guard item.kind == .simple, item.argument == 20 || item.argument == 21 else {
            throw mismatch(Bool.self, at: place)
        }
        return item.argument == 21
    }

    func text(_ index: Int) throws -> String {
        let place = content(index)
        let item = item(place)
        guard item.isText else { throw mismatch(String.self, at: place) }
        return tape.string(item)
    }

    func byteString(_ index: Int, for type: Any.Type) throws -> UnsafeRawBufferPointer {
        let place = content(index)
        let item = item(place)
        guard item.isBytes else { throw mismatch(type, at: place) }
        return tape.bytes(item)
    }
}
