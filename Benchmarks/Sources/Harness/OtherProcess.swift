// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// This program, started once more in another role: the other end of a connection.
///
/// The other process says `ready WORD…` on its standard output when it can be used, and ends when its standard input
/// closes, so that none outlives the run.
public final class OtherProcess: Sendable {
    /// What stood behind `ready`.
    public let words: [String]
    private let input: FileHandle
    private let output: FileHandle
    private let identifier: Int32

    public init(role: [String]) throws {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["--role"] + role
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        identifier = process.processIdentifier
        self.input = input.fileHandleForWriting
        self.output = output.fileHandleForReading
        let line = Self.line(from: output.fileHandleForReading)
        guard line.first == "ready" else { throw NotReady(role: role, said: line.joined(separator: " ")) }
        words = Array(line.dropFirst())
    }

    deinit { try? input.close() }

    /// Says something to the other process and waits for its answer, on this thread.
    public func ask(_ words: String...) -> [String] {
        tell(words)
        return answer()
    }

    /// Says something to the other process, which ``answer()`` waits for.
    public func tell(_ words: [String]) {
        try? input.write(contentsOf: Data(words.joined(separator: " ").utf8 + [UInt8(ascii: "\n")]))
    }

    public func answer() -> [String] { Self.line(from: output) }

    /// Ends it without a word to anybody.
    public func kill() { Foundation.kill(identifier, SIGKILL) }

    /// Bytes of memory that it has in use.
    public func residentBytes() -> Int { Memory.residentBytes(of: "\(identifier)") }

    /// CPU nanoseconds that the other process has used so far.
    public func usedCPU() -> UInt64 {
        let text = (try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8)) ?? ""
        // The name, in parentheses, may hold anything; user and system time are the 12th and 13th field behind it.
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = UInt64(fields[12]), let system = UInt64(fields[13]) else { return 0 }
        return (user + system) * (1_000_000_000 / UInt64(sysconf(Int32(_SC_CLK_TCK))))
    }

    public struct NotReady: Error {
        public let role: [String]
        public let said: String
    }

    private static func line(from handle: FileHandle) -> [String] {
        var bytes: [UInt8] = []
        while let byte = try? handle.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self).split(separator: " ").map(String.init)
    }
}

/// The other process's half of the arrangement.
public enum ServingRole {
    /// Says that this process can be used, and ends it when its standard input closes.
    public static func ready(_ words: String...) async throws -> Never {
        try await ready(words) { _ in [] }
    }

    /// Says that this process can be used, answers what it is asked, and ends it when its standard input closes.
    public static func ready(
        _ words: [String], answering: @escaping @Sendable ([String]) async throws -> [String]
    ) async throws -> Never {
        say(["ready"] + words)
        let (lines, continuation) = AsyncStream.makeStream(of: [String].self)
        Thread.detachNewThread {
            while let line = readLine() { continuation.yield(line.split(separator: " ").map(String.init)) }
            exit(0)
        }
        for await line in lines { say(try await answering(line)) }
        while true { try await Task.sleep(for: .seconds(3600)) }
    }

    private static func say(_ words: [String]) {
        FileHandle.standardOutput.write(Data(words.joined(separator: " ").utf8 + [UInt8(ascii: "\n")]))
    }
}
