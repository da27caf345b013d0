// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import HubCore

/// A directory in which nodes keep their status files, for `phub nodes`.
///
/// It belongs to one user and nobody else can write to it. Nodes of several clusters may share one.
public struct StatusDirectory: Hashable, Sendable {
    package let path: String

    public init(_ path: String) { self.path = path }

    /// `phub` in the user's runtime directory (`XDG_RUNTIME_DIR`), or `/tmp/phub-` and the user's number.
    public static var standard: StatusDirectory {
        let runtime = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"] ?? ""
        return StatusDirectory(runtime.hasPrefix("/") ? "\(runtime)/phub" : "/tmp/phub-\(geteuid())")
    }
}

extension StatusDirectory {
    private static let ending = ".json"

    /// The file of one process's node. Whatever stands in names becomes a file's name; long ones are cut and hashed.
    func file(of node: NodeName, in cluster: ClusterName, process: Int32) -> String {
        "\(path)/\(Self.stem(of: node, in: cluster)).\(process)\(Self.ending)"
    }

    private static func stem(of node: NodeName, in cluster: ClusterName) -> String {
        let stem = "\(plain(cluster.rawValue))+\(plain(node.rawValue))"
        guard stem.utf8.count > 200 else { return stem }
        let hash = XXHash64.hash(Array(stem.utf8), seed: 0)
        return "\(stem.prefix(180))-\(String(hash, radix: 16))"
    }

    /// Letters, digits and `-` `_` as they are, everything else as `%` and two digits: no name leaves the directory.
    private static func plain(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            return isPlain
                ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// Makes the directory if it is not there.
    ///
    /// - Throws: ``HubError`` with ``HubError/Code/invalidConfiguration`` if it cannot be made, is a link, belongs to
    ///   another user, or others can write to it.
    func prepare() throws(HubError) {
        mkdir(path, 0o700)
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(),
            status.st_mode & 0o022 == 0
        else {
            throw HubError(
                .invalidConfiguration,
                "\(Escaped(path)) is no directory of this user that nobody else can write to",
                outcome: .notExecuted)
        }
    }

    /// Removes what dead processes left behind under this name.
    func sweep(_ node: NodeName, in cluster: ClusterName) {
        let stem = Self.stem(of: node, in: cluster) + "."
        for file in names() where file.hasPrefix(stem) {
            // Also what a process was killed over while it wrote.
            let process = Int32(file.dropFirst(stem.count).prefix { $0 != "." })
            if let process, !Self.lives(process) { unlink("\(path)/\(file)") }
        }
    }

    private func names() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    /// All that is there to read. What is no status file is left out.
    package func statuses() -> [NodeStatus] {
        names().filter { $0.hasSuffix(Self.ending) }.compactMap { name in
            guard let data = FileManager.default.contents(atPath: "\(path)/\(name)") else { return nil }
            return try? JSONDecoder().decode(NodeStatus.self, from: data)
        }
    }

    /// Whether there is such a process.
    package static func lives(_ process: Int32) -> Bool { kill(process, 0) == 0 || errno == EPERM }

    /// Writes a file in one step: whoever reads it sees the old one or the new one.
    func write(_ status: NodeStatus, to file: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let bytes = try encoder.encode(status)
        let draft = "\(file).\(UInt64.random(in: 0 ... .max))"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: bytes)
            guard rename(draft, file) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        } catch {
            unlink(draft)
            throw error
        }
    }
}
