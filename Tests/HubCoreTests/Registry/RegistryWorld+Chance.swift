// SPDX-License-Identifier: Apache-2.0

@testable import HubCore

extension RegistrySettings {
    /// Limits that a few hundred events reach.
    static func small(_ seed: UInt64) -> RegistrySettings {
        var chance = SeededGenerator(seed: seed)
        var settings = RegistrySettings()
        settings.messageRows = Int.random(in: 1...8, using: &chance)
        settings.windowRows = Int.random(in: 1...20, using: &chance)
        settings.logRows = Int.random(in: 1...40, using: &chance)
        settings.removals = Int.random(in: 1...10, using: &chance)
        return settings
    }
}

extension RegistryWorld {
    /// A start, a stop, or a change of a copy, somewhere.
    mutating func doSomething() {
        let node = Int.random(in: 0..<nodes.count, using: &chance)
        let id = ChildID(rawValue: "c\(Int.random(in: 0..<40, using: &chance))")
        switch Int.random(in: 0..<5, using: &chance) {
        case 0, 1: start(id, on: node)
        case 2: stop(id, on: node)
        case 3:
            act(node) { registry, now, actions in
                guard let slot = registry.slot(of: id) else { return }
                registry.set(
                    HubCore.Copy(epoch: registry.mintEpoch(at: now), status: .moving(to: "x", .none)), of: slot)
            }
        default:
            act(node) { registry, _, actions in
                guard let slot = registry.slot(of: id) else { return }
                registry.removeCopy(of: slot)
            }
        }
    }

    /// A node loses a copy that another one told, as by a mistake of ours: only the hashes tell.
    mutating func forgetSomething() {
        let node = Int.random(in: nodes.indices, using: &chance)
        let slices = nodes[node].slices
        let heads = slices.indices.dropFirst()
            .filter { slices[$0].state == .live && slices[$0].resync == nil && slices[$0].list.head != .none }
            .map { slices[$0].list.head }
        guard let head = heads.randomElement(using: &chance) else { return }
        act(node) { registry, _, _ in
            let child = Slot(registry.copies[head].child)
            registry.erase(copyAt: head)
            registry.touch(child)
        }
    }
}
