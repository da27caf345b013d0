// SPDX-License-Identifier: Apache-2.0

internal import Distributed
public import HubCore

/// What a process knows about itself. It exists inside the process only.
public struct ProcessContext: Sendable {
    public let id: ProcessID
    private let residence: Residence

    init(id: ProcessID, residence: Residence) {
        self.id = id
        self.residence = residence
    }

    /// The stamp of this activation: hand it to stores that fence out older writers. ``Epoch/none`` for an actor that
    /// was made by calling its initializer.
    public var epoch: Epoch { residence.facts.epoch }
    /// What this activation began with.
    public var activation: Activation { residence.facts.activation }
    public var role: Role { residence.facts.role }
    public var metadata: [String: MetadataValue] { residence.facts.metadata }
    public var tags: Set<String> { residence.facts.tags }

    /// Asks the hub to stop this process. Returns at once; no call begins any more. Turns that run, the one that asks
    /// among them, end first and are only cancelled after the child's `shutdown` time; ``HubProcess/run()`` is cancelled at once. Does
    /// nothing for an actor that was made by calling its initializer.
    public func stop() {
        residence.requestStop()
    }
}

extension HubProcess {
    /// What this process knows about itself.
    public var context: ProcessContext {
        ProcessContext(id: id, residence: id.residence ?? .unplaced())
    }
}
