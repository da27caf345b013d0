// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import Synchronization

/// What one instance knows about itself; its ``ProcessContext`` reads from here.
final class Residence: Sendable {
    struct Facts: Sendable {
        var epoch: Epoch
        var activation: Activation
        var role: Role
        var metadata: [String: MetadataValue]
        var tags: Set<String>
    }

    private struct State {
        var facts: Facts
        /// A circle until the end: a weak reference would make every retain of an instance take the slow path.
        var instance: Instance?
        var isStopRequested = false
    }

    private let state: Mutex<State>

    init(_ facts: Facts) {
        state = Mutex(State(facts: facts))
    }

    /// The residence of an actor that nobody placed: its user made it by calling its initializer.
    static func unplaced() -> Residence {
        Residence(Facts(epoch: .none, activation: .fresh, role: .active, metadata: [:], tags: []))
    }

    var facts: Facts { state.withLock { $0.facts } }

    func update(_ change: (inout Facts) -> Void) {
        state.withLock { change(&$0.facts) }
    }

    /// The instance runs, and a request to stop ends it.
    ///
    /// - Returns: whether the initializer asked for that already.
    func begin(_ instance: Instance) -> Bool {
        state.withLock { state in
            if !state.isStopRequested { state.instance = instance }
            return state.isStopRequested
        }
    }

    /// The instance ends: there is nothing left to ask for.
    func end() {
        state.withLock { state in
            state.instance = nil
            state.isStopRequested = true
        }
    }

    /// Asks for the instance to be stopped once its running turns have ended. Only the first request does something.
    func requestStop() {
        let instance = state.withLock { state in
            defer {
                state.instance = nil
                state.isStopRequested = true
            }
            return state.instance
        }
        instance?.requestStop()
    }
}
