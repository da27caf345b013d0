// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import ProcessHub

extension Survey.Voice {
    /// A file that is older than this was not written because its node stands still: a running one writes every second.
    static let patienceMilliseconds: UInt64 = 4_000

    /// What became of the process behind a status file.
    init(_ status: NodeStatus, nowMilliseconds: UInt64) {
        self.status = status
        if !StatusDirectory.lives(status.process) {
            condition = .gone
        } else if Self.isStopped(status.process) || status.written + Self.patienceMilliseconds < nowMilliseconds {
            condition = .stopped
        } else {
            condition = .speaking
        }
    }

    /// Whether the system says that the process is stopped; where it does not tell, the age of the file will.
    private static func isStopped(_ process: Int32) -> Bool {
        guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return false }
        // The name of the program stands in parentheses and may hold anything; the state follows the last one.
        let text = String(decoding: data, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return false }
        let state = text[text.index(after: end)...].drop { $0 == " " }.first
        return state == "T" || state == "t"
    }

    static func all(in directory: StatusDirectory) -> [Survey.Voice] {
        let now = UInt64(max(0, Date.now.timeIntervalSince1970 * 1_000))
        return directory.statuses().map { Survey.Voice($0, nowMilliseconds: now) }
    }
}
