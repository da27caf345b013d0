// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import NIOCore

/// A second descriptor of a plain connection's socket, for a thread that has one small frame and would otherwise only
/// wake the event loop to write it.
///
/// The socket lives as long as one of its descriptors does, so this one must go when the connection ends.
final class DirectWriter: Sendable {
    private let descriptor: CInt

    /// - Parameter original: the descriptor of a non-blocking socket; it stays its owner's.
    /// - Returns: `nil` if the process has no descriptor left.
    init?(duplicating original: CInt) {
        descriptor = fcntl(original, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Writes what the system takes at once.
    ///
    /// - Returns: how many bytes that are; none if there is no room, or if the connection is lost, which the loop finds.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        #if os(Linux)
            let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
        #else
            // The channel told the socket not to raise SIGPIPE.
            let flags = MSG_DONTWAIT
        #endif
        return max(0, send(descriptor, bytes.baseAddress, bytes.count, flags))
    }
}
