// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// What a process holds.
public enum Memory {
    /// Bytes of memory that a process has in use.
    ///
    /// - Parameter process: its number; `self` for this one.
    public static func residentBytes(of process: String = "self") -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8)) ?? ""
        let words = text.split(separator: " ")
        return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * Int(getpagesize())
    }
}
