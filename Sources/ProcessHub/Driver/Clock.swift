// SPDX-License-Identifier: Apache-2.0

internal import HubCore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Real time as the core sees it.
enum Clock {
    /// Elapsed time that counts suspension, and the wall clock.
    static func now() -> Instant {
        Instant(nanoseconds: elapsedNanoseconds(), wallMilliseconds: wallMilliseconds())
    }

    /// Nanoseconds on the continuous clock alone: what deadlines are measured with.
    static func elapsedNanoseconds() -> Int64 {
        #if canImport(Darwin)
            nanoseconds(CLOCK_MONOTONIC_RAW)
        #else
            nanoseconds(CLOCK_BOOTTIME)
        #endif
    }

    /// Nanoseconds on a clock that is cheap to read and steps by a few milliseconds. It may stand still while the machine
    /// sleeps, never while only the process does.
    static func coarseNanoseconds() -> Int64 {
        #if canImport(Darwin)
            nanoseconds(CLOCK_MONOTONIC_RAW_APPROX)
        #else
            nanoseconds(CLOCK_MONOTONIC_COARSE)
        #endif
    }

    static func elapsed() -> Instant {
        Instant(nanoseconds: elapsedNanoseconds())
    }

    static func wallMilliseconds() -> UInt64 {
        UInt64(clamping: nanoseconds(CLOCK_REALTIME) / 1_000_000)
    }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
