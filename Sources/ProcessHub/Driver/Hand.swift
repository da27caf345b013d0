// SPDX-License-Identifier: Apache-2.0

internal import HubTransport

/// Who posts an event, as far as it matters to what follows from it: little of that may be done on the same thread, once
/// nobody keeps the driver, which spares the wake-up of another.
enum Hand: Sendable {
    /// Nothing is done here: the thread is not known, or has other work.
    case none
    /// A task of a caller that waits for what follows.
    case caller
    /// An event loop that brought a message; short work only, and as much as the loop allows.
    case loop(LoopAllowance)
}
