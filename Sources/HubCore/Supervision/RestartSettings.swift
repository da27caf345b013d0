// SPDX-License-Identifier: Apache-2.0

/// How quickly and how often instances that ended are started again.
package struct RestartSettings: Hashable, Sendable {
    /// Restarts of one child within ``childWindow``; the end after them quarantines it.
    package var perChild = Limits.childRestarts
    package var childWindow = Limits.childRestartWindow
    /// The wait before the second restart in a row; it doubles up to ``longestWait``. The first does not wait.
    package var shortestWait = Limits.restartBackoffMinimum
    package var longestWait = Limits.restartBackoffMaximum
    /// How long a quarantine lasts if nobody ends it.
    package var quarantine = Limits.quarantine
    /// Restarts of all children of the hub on this node within ``hubWindow``; further ones wait.
    package var perHub = Limits.hubRestarts
    package var hubWindow = Limits.hubRestartWindow

    package init() {}
}
