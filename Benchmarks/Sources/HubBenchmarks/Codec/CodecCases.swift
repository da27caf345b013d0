// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Harness
internal import HubWire

/// The value codec against JSON: one value encoded and decoded again.
enum CodecCases {
    private static let shapes = [
        Shape("int", Shapes.integer), Shape("5 fields", Shapes.fields), Shape("1k data", Shapes.data),
        Shape("enum", Shapes.event), Shape("nested", Shapes.nested),
    ]

    static let cases = cases("json") { $0.json } + cases("codec") { $0.codec }

    private static func cases(_ coder: String, _ cost: @escaping @Sendable (Shape) -> Shape.Cost) -> [Case] {
        shapes.map { shape in
            Case("\(coder) \(shape.name)") { time in [.cpu: try cost(shape)(time)] }
        } + [
            Case("\(coder) geometric mean") { time in
                let costs = try shapes.map { try cost($0)(time / shapes.count) }
                return [.cpu: exp(costs.reduce(0) { $0 + log($1) } / Double(costs.count))]
            }
        ]
    }

    static let bars =
        shapes.map { Bar("codec \($0.name)", .cpu, .atMost(1 / 2.5), of: "json \($0.name)") } + [
            Bar("codec geometric mean", .cpu, .atMost(1 / 4), of: "json geometric mean")
        ]
}

/// One value and what it costs each coder.
private struct Shape: Sendable {
    /// CPU nanoseconds of one encoding and decoding, from as many as fit into a time.
    typealias Cost = @Sendable (_ time: Duration) throws -> Double

    let name: String
    let json: Cost
    let codec: Cost

    init<T: Codable & Sendable>(_ name: String, _ value: T) {
        self.name = name
        json = { time in
            let (encoder, decoder) = (JSONEncoder(), JSONDecoder())
            return try Self.repeated(time) { try decoder.decode(T.self, from: encoder.encode(value)) }
        }
        codec = { time in
            let (encoder, decoder) = (ValueEncoder(leaves: Self.leaves), ValueDecoder(leaves: Self.leaves))
            return try Self.repeated(time) { try decoder.decode(T.self, from: encoder.encode(value)) }
        }
    }

    private static func repeated<T>(_ time: Duration, _ body: () throws -> T) throws -> Double {
        let end = ContinuousClock.now + time
        let start = Clocks.processCPU()
        var turns = 0
        repeat {
            for _ in 0..<100 { withExtendedLifetime(try body()) {} }
            turns += 100
        } while ContinuousClock.now < end
        return Double(Clocks.processCPU() - start) / Double(turns)
    }

    /// `Data` as a byte string, as between nodes.
    private static let leaves: LeafTable = {
        var leaves = LeafTable()
        leaves.add(Data.self, encode: { data, write in try data.withUnsafeBytes(write) }, decode: { Data($0) })
        return leaves
    }()
}
