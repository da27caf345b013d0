// SPDX-License-Identifier: Apache-2.0

/// How quickly membership judges. The defaults are those of ``Limits``.
package struct MembershipSettings: Hashable, Sendable {
    package var probeInterval: Duration = .milliseconds(500)
    package var settleTime: Duration = .milliseconds(500)

    package init() {}
}
