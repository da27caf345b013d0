// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// A file of counts that two processes map: a node's clients write, the parent reads. What was counted stays readable
/// when the node is killed in the middle of a call.
final class TallyFile: Sendable {
    private let layout: TallyLayout
    // Safe: the pointer itself never changes; each row of cells has one writing task, and 64-bit cells do not tear.
    nonisolated(unsafe) private let cells: UnsafeMutablePointer<Int64>

    /// - Throws: `POSIXError` if the file cannot be opened, made as long as it must be, or mapped.
    init(path: String, layout: TallyLayout) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.fault() }
        defer { close(descriptor) }
        guard ftruncate(descriptor, off_t(layout.bytes)) == 0 else { throw Self.fault() }
        let map = mmap(nil, layout.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let map, map != MAP_FAILED else { throw Self.fault() }
        cells = map.assumingMemoryBound(to: Int64.self)
        self.layout = layout
    }

    deinit { munmap(cells, layout.bytes) }

    func read() -> Tally { Tally(layout) { cells[$0] } }

    /// The row of one client, for that client alone.
    func row(client: Int) -> TallyRow { TallyRow(file: self, start: client * layout.cellsPerClient) }

    fileprivate func add(_ amount: Int64, at index: Int) { cells[index] &+= amount }
    fileprivate var cellLayout: TallyLayout { layout }

    private static func fault() -> POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}

/// Where one client counts.
struct TallyRow: Sendable {
    fileprivate let file: TallyFile
    fileprivate let start: Int

    func count(_ effect: TallyLayout.Effect, member: Int, _ amount: Int) {
        file.add(Int64(amount), at: start + file.cellLayout.cell(effect, member: member))
    }

    func count(error code: UInt8, outcome: UInt8) {
        file.add(1, at: start + file.cellLayout.cell(error: code, outcome: outcome))
    }

    func countOwnError() { file.add(1, at: start + file.cellLayout.ownErrorsCell) }

    func count(latency nanoseconds: UInt64) {
        file.add(1, at: start + file.cellLayout.cell(bucket: Histogram.bucket(of: nanoseconds)))
    }
}
