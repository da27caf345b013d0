// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif
internal import HubCore
internal import HubTransport
internal import Logging

/// Notices that the files of a node's certificates were written or replaced.
struct CertificateWatch: Sendable {
    /// What tells one state of a file from another; all zero for one that is not there.
    private struct Look: Hashable {
        var inode: UInt64 = 0
        var size: Int64 = 0
        var seconds: Int64 = 0
        var nanoseconds: Int64 = 0
    }

    private let paths: [String]
    private var looks: [Look]

    /// Changes count from now on.
    init(_ files: TLSFiles) {
        paths = [files.certificateChain, files.key, files.authority]
        looks = paths.map(Self.look)
    }

    /// - Returns: whether a file is another than at the last look.
    mutating func hasChanged() -> Bool {
        let before = looks
        looks = paths.map(Self.look)
        return looks != before
    }

    private static func look(at path: String) -> Look {
        var status = stat()
        guard stat(path, &status) == 0 else { return Look() }
        #if canImport(Darwin)
            let written = status.st_mtimespec
        #else
            let written = status.st_mtim
        #endif
        return Look(
            inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: Int64(written.tv_sec),
            nanoseconds: Int64(written.tv_nsec))
    }
}

/// Decides when to say that a certificate expires soon: from thirty days before, once a day, and again for another one.
struct ExpiryNotice: Sendable {
    private static let secondsPerDay: Int64 = 86_400
    private var told: (end: Int64, days: Int64)?

    /// - Parameters: both in seconds since 1970.
    /// - Returns: the whole days that are left, if that is to be said now; below zero if it has expired.
    mutating func daysToTell(ofEnd end: Int64, at now: Int64) -> Int64? {
        let left = end - now
        guard left <= Limits.certificateNotice.wholeNanoseconds / 1_000_000_000 else { return nil }
        let days = (left >= 0 ? left : left - Self.secondsPerDay + 1) / Self.secondsPerDay
        if let told, told.end == end, told.days == days { return nil }
        told = (end, days)
        return days
    }
}

extension Node {
    /// Reads the files of ``TLS`` anew, for connections that are made from now on. A running node does this by itself
    /// within a minute after one of them changed. Does nothing without TLS.
    ///
    /// - Throws: ``HubError``: ``HubError/Code/untrusted`` if the files are not usable; the old certificates stay in use.
    ///   ``HubError/Code/nodeNotRunning`` if the node does not run.
    public func reloadCertificates() throws(HubError) {
        guard let switchboard = calls.switchboard else {
            throw HubError(.nodeNotRunning, "node \(name) does not run", outcome: .notExecuted)
        }
        try switchboard.reloadCertificates()
    }

    /// Looks at the files at an interval and reads them anew when they changed, until the task is cancelled.
    ///
    /// Files that were only half replaced are refused now and change again when they are whole.
    func reload(_ watch: CertificateWatch, every interval: Duration, _ switchboard: Switchboard) async {
        var watch = watch
        var notice = ExpiryNotice()
        repeat {
            // It reports, and thereby logs, what came of it.
            if watch.hasChanged() { try? switchboard.reloadCertificates() }
            tell(&notice, of: switchboard.certificateEnd)
        } while (try? await Task.sleep(for: interval, clock: .continuous)) != nil
    }

    /// Says in the log and in a metric that the certificates end soon.
    private func tell(_ notice: inout ExpiryNotice, of end: Int64?) {
        guard let end else { return }
        let now = Int64(Clock.wallMilliseconds() / 1_000)
        calls.meters.certificateEnds(inSeconds: end - now)
        guard let days = notice.daysToTell(ofEnd: end, at: now) else { return }
        if days < 0 {
            logger.warning("the node's certificate has expired", metadata: ["days ago": "\(-days)"])
        } else {
            logger.warning("the node's certificate expires soon", metadata: ["days": "\(days)"])
        }
    }
}
