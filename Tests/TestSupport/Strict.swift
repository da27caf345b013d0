// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// The numbers that are promised, where the machine has nothing else to do: `dev/limits.sh` asks for them. In the whole
/// suite, where tests run side by side on whatever machine there is, a time is bounded more generously: what is wrong then
/// still takes for ever, and what is only slow does not fail.
public enum Strict {
    public static let isOn = ProcessInfo.processInfo.environment["PHUB_STRICT"] == "1"

    public static func limit<Value>(_ promised: Value, otherwise generous: Value) -> Value {
        isOn ? promised : generous
    }
}
