// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// The admitted connection to each peer. Asked for with each message: as long as they are few, names are compared, and
/// only more are hashed.
struct Connections {
    private var few: [(peer: NodeName, wire: WireRef)] = []
    /// All, once they were more than a few.
    private var many: [NodeName: WireRef] = [:]

    private static var most: Int { 8 }

    subscript(peer: NodeName) -> WireRef? {
        get {
            if !many.isEmpty { return many[peer] }
            for place in few.indices where few[place].peer == peer { return few[place].wire }
            return nil
        }
        set {
            if !many.isEmpty { return many[peer] = newValue }
            few.removeAll { $0.peer == peer }
            guard let newValue else { return }
            few.append((peer, newValue))
            guard few.count > Self.most else { return }
            for (peer, wire) in few { many[peer] = wire }
            few = []
        }
    }
}
