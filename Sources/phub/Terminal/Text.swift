// SPDX-License-Identifier: Apache-2.0

internal import ProcessHub

/// Colours, or none.
struct TextStyle: Sendable {
    let isColoured: Bool
    func bold(_ text: String) -> String { isColoured ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    func red(_ text: String) -> String { isColoured ? "\u{1B}[31m\(text)\u{1B}[0m" : text }
    func green(_ text: String) -> String { isColoured ? "\u{1B}[32m\(text)\u{1B}[0m" : text }
}

/// A number with a thin gap between groups of three digits.
func grouped(_ number: Int64) -> String {
    var (digits, groups) = (String(number.magnitude), [String]())
    while digits.count > 3 {
        groups.insert(String(digits.suffix(3)), at: 0)
        digits.removeLast(3)
    }
    return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: " ")
}

/// A duration in two or three digits and a unit.
func short(_ duration: Duration?) -> String {
    guard let duration else { return "-" }
    let nanoseconds = duration.wholeNanoseconds
    return switch nanoseconds {
    case ..<1_000: "\(nanoseconds) ns"
    case ..<1_000_000: "\(nanoseconds / 1_000) µs"
    case ..<10_000_000: "\(nanoseconds / 1_000_000).\(nanoseconds / 100_000 % 10) ms"
    case ..<10_000_000_000: "\(nanoseconds / 1_000_000) ms"
    default: "\(nanoseconds / 1_000_000_000) s"
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
    func padded(leftTo width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}

/// Rows of cells as lines, each column as wide as its widest cell.
///
/// - Parameter isNumber: which columns are aligned to the right.
func aligned(_ rows: [[String]], isNumber: (Int) -> Bool = { _ in false }) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
        rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
        zip(row, widths).enumerated().map { column, cell in
            isNumber(column) ? cell.0.padded(leftTo: cell.1) : cell.0.padded(to: cell.1)
        }.joined(separator: "  ")
    }
}
