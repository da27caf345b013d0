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

    /// Facts that few instances have.
    private struct More {
        var activation = Activation.fresh
        var role = Role.active
        var metadata: [String: MetadataValue] = [:]
        var tags: Set<String> = []
    }

    private struct State {
        /// Empty if there are none, else with one element: an idle instance pays a word for it.
        var more: [More] = []
        var stage: Stage

        /// In one word, as every instance has it.
        enum Stage {
            /// → running, over
            indirect case made(Epoch)
            /// The gate knows the epoch. A circle until the end: a weak reference would make every retain of an instance take
            /// the slow path. → over
            case running(Instance)
            /// It was asked to stop, or ends.
            indirect case over(Epoch)
        }

        init(_ facts: Facts) {
            stage = .made(facts.epoch)
            self.facts = facts
        }

        var epoch: Epoch {
            switch stage {
            case .made(let epoch), .over(let epoch): epoch
            case .running(let instance): instance.epoch
            }
        }

        var facts: Facts {
            get {
                let more = more.first ?? More()
                return Facts(
                    epoch: epoch, activation: more.activation, role: more.role, metadata: more.metadata, tags: more.tags
                )
            }
            set {
                switch stage {
                case .made(let epoch) where epoch != newValue.epoch: stage = .made(newValue.epoch)
                case .over(let epoch) where epoch != newValue.epoch: stage = .over(newValue.epoch)
                case .made, .running, .over: break
                }
                let isUsual =
                    newValue.activation == .fresh && newValue.role == .active && newValue.metadata.isEmpty
                    && newValue.tags.isEmpty
                more =
                    isUsual
                    ? []
                    : [
                        More(
                            activation: newValue.activation, role: newValue.role, metadata: newValue.metadata,
                            tags: newValue.tags)
                    ]
            }
        }
    }

    private let state: Mutex<State>

    init(_ facts: Facts) {
        state = Mutex(State(facts))
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
            if case .over = state.stage { return true }
            state.stage = .running(instance)
            return false
        }
    }

    /// The instance ends: there is nothing left to ask for.
    func end() {
        state.withLock { $0.stage = .over($0.epoch) }
    }

    /// Asks for the instance to be stopped once its running turns have ended. Only the first request does something.
    func requestStop() {
        let instance = state.withLock { state -> Instance? in
            defer { state.stage = .over(state.epoch) }
            if case .running(let instance) = state.stage { return instance }
            return nil
        }
        instance?.requestStop()
    }
}
