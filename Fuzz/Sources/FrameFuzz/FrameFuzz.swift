// SPDX-License-Identifier: Apache-2.0

internal import FuzzSupport
internal import HubCore
internal import HubWire

/// The first byte says whether the peer is admitted and how the rest is cut into pieces; the rest is what it sends.
///
/// In one piece or in many, the same frames must come out, and each must make sense or be refused.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFrames(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    guard let first = input.first else { return 0 }
    let decoder = FrameDecoder(admitted: first & 1 == 1)
    let sent = UnsafeRawBufferPointer(rebasing: input.dropFirst())
    let whole = Arrival(of: sent, in: [sent.count], by: decoder)
    var generator = SeededGenerator(seed: UInt64(first))
    var pieces: [Int] = []
    while pieces.reduce(0, +) < sent.count { pieces.append(Int.random(in: 1...40, using: &generator)) }
    let cut = Arrival(of: sent, in: pieces, by: decoder)
    precondition(whole == cut, "in pieces \(cut), in one \(whole)")
    return 0
}

/// What came of the bytes of a peer.
struct Arrival: Equatable {
    /// Type and stream id of each frame; a skipped one counts its type alone.
    var frames: [[UInt64]] = []
    var fault: WireFault?
    private var waiting: [UInt8] = []

    init(of sent: UnsafeRawBufferPointer, in pieces: [Int], by decoder: FrameDecoder) {
        var rest = sent[...]
        for piece in pieces where fault == nil {
            waiting += rest.prefix(piece)
            rest = rest.dropFirst(piece)
            while fault == nil, let consumed = takeFrame(by: decoder) { waiting.removeFirst(consumed) }
        }
        if fault != nil { waiting = [] }
    }

    /// The bytes that the next frame takes, or `nil` if there is none.
    private mutating func takeFrame(by decoder: FrameDecoder) -> Int? {
        do {
            let (seen, consumed) = try waiting.withUnsafeBytes { try look(at: $0, by: decoder) }
            frames += seen.map { [$0] } ?? []
            return consumed
        } catch {
            fault = error as? WireFault
            return nil
        }
    }

    private func look(
        at memory: UnsafeRawBufferPointer, by decoder: FrameDecoder
    ) throws -> (seen: [UInt64]?, consumed: Int?) {
        switch try decoder.next(in: memory) {
        case .frame(let frame, let consumed):
            expectSense(of: frame.type, in: frame.payload)
            precondition(consumed <= memory.count && frame.payload.count < consumed)
            return ([UInt64(frame.type.rawValue), frame.stream], consumed)
        case .skipped(let type, let consumed):
            precondition(consumed <= memory.count)
            return ([UInt64(type)], consumed)
        case .needMore(let missing):
            precondition(missing > 0 && missing <= Limits.frameBytes)
            return (nil, nil)
        }
    }
}
