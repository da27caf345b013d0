// SPDX-License-Identifier: Apache-2.0

internal import ProcessHub

/// What the status files of one cluster say together.
struct Survey: Hashable, Sendable, Codable {
    /// A node that wrote a file, and what became of it.
    struct Voice: Hashable, Sendable {
        enum Condition: String, Hashable, Sendable, Codable {
            /// It runs and writes: what it says is true now.
            case speaking
            /// Its process stands still; what it said may be old.
            case stopped
            /// Its process is gone and left the file behind.
            case gone
        }

        let status: NodeStatus
        let condition: Condition
    }

    /// One node, as far as anything is known of it.
    struct Row: Hashable, Sendable, Codable {
        let name: String
        /// In a word: what it says of itself if it speaks, else what the others say.
        let state: String
        let incarnation: String
        let address: String?
        let process: Int32?
        let hubs: [String]
        let zone: String?
        /// The speaking nodes in whose settled view it is.
        let seenBy: [String]
    }

    /// A view, and the nodes that have it.
    struct Opinion: Hashable, Sendable, Codable {
        let members: [String]
        let nodes: [String]
    }

    let cluster: String
    let rows: [Row]
    /// The different settled views of the speaking nodes, most common first. One that has none is left out.
    let opinions: [Opinion]
    /// Speaking nodes that do not serve (yet, or any more), each with its standing.
    let others: [String]

    /// Whether all speaking nodes serve and see the same members.
    var isAgreed: Bool { opinions.count == 1 && others.isEmpty }
}

extension Survey {
    init(of cluster: String, _ voices: [Voice]) {
        let speaking = voices.filter { $0.condition == .speaking }.map(\.status)
        self.cluster = cluster
        rows = Self.names(voices).map { Row($0, voices, speaking) }
        let serving = speaking.filter { $0.standing == "serving" }
        // The same names in other lives are another view. Whom a node keeps out of placement for flapping is its own
        // affair for a while.
        let views = Dictionary(grouping: serving) { status in
            (status.view?.members ?? []).map { member in
                [member.name, member.incarnation, member.service == "damped" ? "inService" : member.service]
            }
        }
        opinions = views.map { view, voices in
            Opinion(
                members: view.map { Self.shown($0[0], $0[1], service: $0[2], withLife: views.count > 1) },
                nodes: voices.map(\.node).sorted())
        }
        .sorted { ($1.nodes.count, $0.members.joined()) < ($0.nodes.count, $1.members.joined()) }
        others = speaking.filter { $0.standing != "serving" }.map { "\($0.node) is \($0.standing)" }.sorted()
    }

    /// All clusters of which there is a file, by name.
    static func all(_ voices: [Voice]) -> [Survey] {
        Dictionary(grouping: voices, by: \.status.cluster).sorted { $0.key < $1.key }
            .map { Survey(of: $0.key, $0.value) }
    }

    private static func shown(_ name: String, _ life: String, service: String, withLife: Bool) -> String {
        let notes = (withLife ? [life] : []) + (service == "inService" ? [] : [service])
        return notes.isEmpty ? name : "\(name) (\(notes.joined(separator: ", ")))"
    }

    private static func names(_ voices: [Voice]) -> [String] {
        var names: Set<String> = []
        for voice in voices {
            names.insert(voice.status.node)
            guard voice.condition == .speaking else { continue }
            names.formUnion(voice.status.roster.map(\.member.name))
            names.formUnion((voice.status.view?.members ?? []).map(\.name))
        }
        return names.sorted()
    }
}

extension Survey.Row {
    fileprivate init(_ name: String, _ voices: [Survey.Voice], _ speaking: [NodeStatus]) {
        // A name may have several files: of a dead process and of its successor.
        let own =
            voices.filter { $0.status.node == name }
            .sorted { ($0.condition.rank, $1.status.written) < ($1.condition.rank, $0.status.written) }.first
        let said = speaking.flatMap { status in status.roster.filter { $0.member.name == name } }
        let person = said.map(\.member).first
        self.name = name
        state = Self.state(own, said.map(\.state))
        incarnation =
            own.flatMap { $0.condition == .speaking ? $0.status.incarnation : nil } ?? person?.incarnation ?? own?
            .status.incarnation ?? ""
        address = own?.status.address ?? person?.address
        process = own?.condition == .gone ? nil : own?.status.process
        hubs = person?.hubs ?? []
        zone = person?.zone
        seenBy = speaking.filter { $0.view?.members.contains { $0.name == name } == true }.map(\.node).sorted()
    }

    private static func state(_ own: Survey.Voice?, _ said: [String]) -> String {
        if let own, own.condition == .speaking { return own.status.standing }
        let opinions = Set(said).sorted().joined(separator: "/")
        switch own?.condition {
        case .stopped: return opinions.isEmpty ? "stopped" : "stopped, \(opinions)"
        case .gone: return opinions.isEmpty ? "gone" : opinions
        default: return opinions
        }
    }
}

extension Survey.Voice.Condition {
    /// Whose word counts first.
    fileprivate var rank: Int {
        switch self {
        case .speaking: 0
        case .stopped: 1
        case .gone: 2
        }
    }
}
