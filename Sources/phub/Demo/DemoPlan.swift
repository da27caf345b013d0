// SPDX-License-Identifier: Apache-2.0

/// Who takes part in the demo. Parent and nodes compute the same plan from the same two numbers.
struct DemoPlan: Hashable, Sendable {
    enum Kind: String, Sendable {
        case counter
        case ledger
    }

    struct Member: Hashable, Sendable {
        let id: String
        let kind: Kind
    }

    static let nodes = ["a", "b", "c"]
    /// The node that is killed half-way.
    static let victim = "c"

    /// Clients on each node.
    let clients: Int
    let members: [Member]

    /// - Parameter processes: on all nodes together.
    init(processes: Int, clients: Int) {
        self.clients = clients
        members = (0..<processes).map { index in
            let kind: Kind = index % 2 == 0 ? .counter : .ledger
            return Member(id: "\(kind.rawValue)-\(index)", kind: kind)
        }
    }
}
