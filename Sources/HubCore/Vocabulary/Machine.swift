// SPDX-License-Identifier: Apache-2.0

/// A value that eats events and says what to do.
///
/// A machine knows no clock, no socket and no task; the same events at the same instants give the same effects. Whoever
/// drives it performs the effects in the order they were produced and never waits for one: what takes time comes back as
/// an event. Its own timers are seen in ``nextTick``; whoever drives it sends the machine's event of passing time then,
/// and always *after* everything that has arrived.
package protocol Machine: Sendable {
    associatedtype Event: Sendable
    associatedtype Effect: Sendable

    /// Handles one event.
    ///
    /// - Parameter effects: what is to be done is appended here.
    mutating func handle(_ event: Event, at now: Instant, into effects: inout [Effect])

    /// When time passing will be news to the machine; `nil` while it waits for nothing.
    var nextTick: Instant? { get }

    /// The event that tells it so.
    static var timePassed: Event { get }
}
