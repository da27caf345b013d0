// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Foundation
internal import Synchronization
public import Testing

/// For tests that compute for long and wait for nothing: they run on threads of their own, with the lowest priority.
///
/// The pool has a thread for each core, and whatever waits for time, in our processes and in their tests, needs one of
/// them soon. Two searches of a minute each would hold all of them for that minute.
public struct Computing: SuiteTrait, TestTrait, TestScoping {
    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(ComputingThreads.shared) { try await function() }
    }
}

extension Trait where Self == Computing {
    /// The test computes for long and waits for nothing.
    public static var computing: Self { Computing() }
}

/// A thread for each core, and what waits for them. Not a dispatch queue: its threads are those of the pool.
private final class ComputingThreads: TaskExecutor {
    static let shared = ComputingThreads()

    private let jobs = Mutex<[UnownedJob]>([])
    private let arrived = DispatchSemaphore(value: 0)

    init() {
        for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
            let thread = Thread { [unowned self] in run() }
            thread.stackSize = 8 << 20
            thread.qualityOfService = .background
            thread.start()
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        arrived.signal()
    }

    private func run() {
        #if canImport(Glibc)
            // There, the priority of "process" 0 is that of the calling thread.
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
        #endif
        while true {
            arrived.wait()
            let job = jobs.withLock { $0.removeFirst() }
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
