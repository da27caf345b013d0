// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Synchronization

/// This very program, run once more in another role: it is told things on its standard input, a line of JSON each, tells
/// others on its standard output, and ends when its standard input closes.
final class OwnProgram: Sendable {
    let lines: AsyncStream<String>
    private let process: Process
    private let input: FileHandle

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init(_ arguments: [String]) throws {
        let (input, output) = (Pipe(), Pipe())
        process = Process()
        process.executableURL = try Self.url()
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        self.input = input.fileHandleForWriting
        lines = IncomingLines(output.fileHandleForReading).lines
    }

    var processIdentifier: Int32 { process.processIdentifier }

    func tell(_ fact: some Encodable) throws { try input.write(contentsOf: JSONLine.bytes(fact)) }

    /// SIGKILL: no goodbye, no flush.
    func kill() {
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
    }

    /// Asks it to leave and sees that it does. Waits on the thread: the task may be cancelled already.
    func close() {
        try? input.close()
        for _ in 0..<300 where process.isRunning { usleep(10_000) }
        kill()
    }

    private static func url() throws -> URL {
        if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            return URL(filePath: path)
        }
        guard let url = Bundle.main.executableURL else { throw Failure(description: "where is this program?") }
        return url
    }
}

/// Standard output of such a program: its news, a line each.
enum Stdout {
    /// A long line is written in pieces, and nothing may come in between.
    private static let turn = Mutex(())

    static func say(_ news: some Encodable) {
        guard let bytes = try? JSONLine.bytes(news) else { return }
        turn.withLock { _ in try? FileHandle.standardOutput.write(contentsOf: bytes) }
    }

    /// The parent is gone: this program must not outlive it, whatever still hangs.
    static func exitSoon() {
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: 3)
            exit(1)
        }
    }
}
