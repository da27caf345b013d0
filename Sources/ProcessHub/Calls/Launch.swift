// SPDX-License-Identifier: Apache-2.0

/// Begins tasks that inherit neither deadline, nor chain, nor priority of who begins them. Each has an owner that is told
/// when it ends.
enum Launch {
    /// Begins a task and runs it right here until it first waits or enters an actor, which spares it a thread's wake-up.
    /// That is as much as the compiler sees it needs: unoptimized it goes to the pool at once.
    static func here(_ operation: sending @escaping () async -> Void) -> Task<Void, Never> {
        #if compiler(>=6.2)
            if #available(macOS 26.0, *) { return Task.immediateDetached(operation: operation) }
        #endif
        return Task.detached(operation: operation)
    }
}
