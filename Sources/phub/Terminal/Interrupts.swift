// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Foundation

/// Control-C and SIGTERM as a closure that is called, so that nothing is left behind.
final class Interrupts {
    private let sources: [any DispatchSourceSignal]

    init(_ body: @escaping @Sendable () -> Void) {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: body)
            source.resume()
            return source
        }
    }

    /// Does work that an interrupt ends in good order.
    ///
    /// - Parameter work: says whether all is well.
    /// - Throws: what the work throws; `ExitCode` 1 if something is not well, 130 after an interrupt.
    static func ending(_ work: @escaping @Sendable () async throws -> Bool) async throws {
        let work = Task(operation: work)
        let interrupts = Interrupts { work.cancel() }
        defer { withExtendedLifetime(interrupts) {} }
        do {
            if try await !work.value { throw ExitCode(1) }
        } catch is CancellationError {
            throw ExitCode(130)
        }
    }
}
