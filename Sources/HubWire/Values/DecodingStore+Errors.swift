// SPDX-License-Identifier: Apache-2.0

/// Inside a type's `init(from:)` errors are the standard library's, since types catch those. Each carries the
/// `ValueError` that the caller of the codec gets.
extension DecodingStore {
    @inline(never)
    func mismatch(_ type: Any.Type, at index: Int) -> DecodingError {
        if isNull(index) { return .valueNotFound(type, context(.missingValue, at: index)) }
        return .typeMismatch(type, context(.wrongType, at: index))
    }

    @inline(never)
    func unfit(_ type: Any.Type, at index: Int) -> DecodingError {
        .typeMismatch(type, context(.numberDoesNotFit, at: index))
    }

    @inline(never)
    func refusal(_ reason: ValueError.Reason, at index: Int) -> DecodingError {
        .dataCorrupted(context(reason, at: index))
    }

    @inline(never)
    func noMoreElements(_ array: Int, position: Int) -> DecodingError {
        .valueNotFound(Any.self, context(.noMoreElements, at: array, key: PathKey(intValue: position)))
    }

    @inline(never)
    func context(_ reason: ValueError.Reason, at index: Int, key: (any CodingKey)? = nil) -> DecodingError.Context {
        let path = path(to: index)
        // A key that is missing belongs to the error's text, while the context's path ends where it was looked for.
        let full = key.map { path + [$0] } ?? path
        let error = ValueError(reason, offset: tape.offset(of: index), path: PathKey.text(full))
        return DecodingError.Context(codingPath: path, debugDescription: error.description, underlyingError: error)
    }

    /// The keys and indices that lead to a place: found by walking down from the whole value, only when somebody asks.
    func path(to target: Int) -> [any CodingKey] {
        guard target < tape.items.count else { return [] }
        var steps: [any CodingKey] = []
        var index = 0
        while index < target {
            switch item(index).kind {
            case .tag: index &+= 1
            case .array: index = stepIntoArray(index, target, &steps)
            case .map: index = stepIntoMap(index, target, &steps)
            default: return steps
            }
        }
        return steps
    }

    private func stepIntoArray(_ array: Int, _ target: Int, _ steps: inout [any CodingKey]) -> Int {
        var element = array &+ 1
        var position = 0
        while Int(item(element).next) <= target {
            element = Int(item(element).next)
            position &+= 1
        }
        steps.append(PathKey(intValue: position))
        return element
    }

    /// Gives the value's place also for a place inside the key: the walk ends there.
    private func stepIntoMap(_ map: Int, _ target: Int, _ steps: inout [any CodingKey]) -> Int {
        var key = map &+ 1
        while Int(item(Int(item(key).next)).next) <= target { key = Int(item(Int(item(key).next)).next) }
        steps.append(PathKey(stringValue: item(key).isText ? tape.string(item(key)) : "?"))
        return Int(item(key).next)
    }
}
