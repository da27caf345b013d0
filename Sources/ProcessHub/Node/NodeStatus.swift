// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// What a node says about its cluster in its status file, for `phub nodes` and whoever else may read the file.
///
/// The file is JSON. Fields may be added; those that are there keep their meaning.
package struct NodeStatus: Codable, Hashable, Sendable {
    package var cluster: String
    package var node: String
    /// Which life of the node, in hexadecimal digits.
    package var incarnation: String
    /// The operating-system process.
    package var process: Int32
    /// Where other nodes reach it, if it listens.
    package var address: String?
    /// One of `joining`, `serving`, `unsure`, `leaving`, `left`.
    package var standing: String
    /// The settled view; none before the first.
    package var view: View?
    /// All that the node knows of at this moment, unsettled.
    package var roster: [Entry]
    /// When the file was written, in milliseconds since 1970. A running node writes it anew every second or two.
    package var written: UInt64

    package init(
        cluster: String, node: String, incarnation: String, process: Int32, address: String? = nil, standing: String,
        view: View? = nil, roster: [Entry], written: UInt64
    ) {
        self.cluster = cluster
        self.node = node
        self.incarnation = incarnation
        self.process = process
        self.address = address
        self.standing = standing
        self.view = view
        self.roster = roster
        self.written = written
    }

    package struct View: Codable, Hashable, Sendable {
        package var version: UInt64
        package var members: [Person]

        package init(version: UInt64, members: [Person]) {
            self.version = version
            self.members = members
        }
    }

    package struct Entry: Codable, Hashable, Sendable {
        package var member: Person
        /// One of `alive`, `suspected`, `dead`, `left`.
        package var state: String

        package init(member: Person, state: String) {
            self.member = member
            self.state = state
        }
    }

    /// A node as another one knows it.
    package struct Person: Codable, Hashable, Sendable {
        package var name: String
        package var incarnation: String
        package var address: String?
        /// One of `inService`, `draining`, `damped`.
        package var service: String
        package var hubs: [String]
        package var weight: Double
        package var zone: String?
        package var labels: [String: String]

        package init(
            name: String, incarnation: String, address: String? = nil, service: String, hubs: [String], weight: Double,
            zone: String? = nil, labels: [String: String]
        ) {
            self.name = name
            self.incarnation = incarnation
            self.address = address
            self.service = service
            self.hubs = hubs
            self.weight = weight
            self.zone = zone
            self.labels = labels
        }
    }
}

extension NodeStatus.Person {
    init(_ member: Member) {
        name = member.name.rawValue
        incarnation = "\(member.incarnation)"
        address = member.address?.description
        service = "\(member.service)"
        hubs = member.hubs.map(\.rawValue)
        weight = member.traits.weight.isFinite ? member.traits.weight : 0
        zone = member.traits.zone
        labels = member.traits.labels
    }
}

extension NodeStatus.View {
    init(_ view: MemberView) {
        version = view.version
        members = view.members.map(NodeStatus.Person.init)
    }
}

extension NodeStatus.Entry {
    init(_ entry: Roster.Entry) {
        member = NodeStatus.Person(entry.member)
        state = "\(entry.state)"
    }
}
