// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// The clocks of the operating system that figures are taken from.
public enum Clocks {
    /// Nanoseconds on a clock that never goes back.
    public static func elapsed() -> UInt64 { read(CLOCK_MONOTONIC) }
    /// CPU nanoseconds of all threads of this process.
    public static func processCPU() -> UInt64 { read(CLOCK_PROCESS_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
