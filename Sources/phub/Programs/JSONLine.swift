// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// One value a line.
enum JSONLine {
    static func bytes(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(value) + Data([UInt8(ascii: "\n")])
    }

    static func value<T: Decodable>(_ line: String, as type: T.Type = T.self) throws -> T {
        try JSONDecoder().decode(T.self, from: Data(line.utf8))
    }
}

/// The lines that arrive on a descriptor, read by a thread of its own so that no task ever blocks.
struct IncomingLines: Sendable {
    let lines: AsyncStream<String>

    init(_ handle: FileHandle) {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        lines = stream
        Thread.detachNewThread {
            var line = Data()
            while case let arrived = handle.availableData, !arrived.isEmpty {
                // Each byte is looked at once: a line may be long, and come in many pieces.
                for (place, piece) in arrived.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                    .enumerated()
                {
                    if place > 0 {
                        continuation.yield(String(decoding: line, as: UTF8.self))
                        line = Data()
                    }
                    line.append(piece)
                }
            }
            continuation.finish()
        }
    }
}
