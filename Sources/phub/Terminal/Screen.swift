// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// Standard output: a table that is redrawn in place on a terminal, plain lines elsewhere.
struct Screen {
    let isTerminal: Bool
    let style: TextStyle
    private var drawn = 0

    /// Colours follow NO_COLOR (no-color.org) and are for terminals only.
    init() {
        let environment = ProcessInfo.processInfo.environment
        isTerminal = isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb"
        style = TextStyle(isColoured: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty)
    }

    /// Draws lines in the place of those drawn last.
    mutating func draw(_ lines: [String]) {
        let up = drawn > 0 ? "\u{1B}[\(drawn)A" : ""
        write(up + lines.map { "\u{1B}[2K\($0)\n" }.joined())
        drawn = lines.count
    }

    /// Draws lines in the place of those drawn last, however many those were.
    mutating func replace(with lines: [String]) {
        let up = drawn > 0 ? "\u{1B}[\(drawn)A" : ""
        write(up + "\u{1B}[J" + lines.map { "\($0)\n" }.joined())
        drawn = lines.count
    }

    /// Adds lines below everything.
    mutating func say(_ lines: String...) {
        write(lines.map { $0 + "\n" }.joined())
        drawn = 0
    }

    private func write(_ text: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }
}
