// SPDX-License-Identifier: Apache-2.0

internal import HubCore
internal import HubWire
internal import Synchronization

/// The residents of one node.
final class Residents: Sendable {
    private let residents = Mutex<[HubID: any Resident]>([:])

    /// - Returns: whether none has its id.
    func admit(_ resident: any Resident) -> Bool {
        residents.withLock { residents in
            guard residents[resident.id] == nil else { return false }
            residents[resident.id] = resident
            return true
        }
    }

    subscript(id: HubID) -> (any Resident)? { residents.withLock { $0[id] } }

    /// Sorted by their ids.
    var all: [any Resident] { residents.withLock { $0.values.sorted { $0.id < $1.id } } }
    var ids: [HubID] { all.map(\.id) }

    func begin() { for resident in all { resident.begin() } }
    func end() { for resident in all { resident.end() } }

    /// Moves everything off, for all at the same time.
    func drain(within time: Duration) async {
        await withDiscardingTaskGroup { group in
            for resident in all { group.addTask { await resident.drain(within: time) } }
        }
    }
}
