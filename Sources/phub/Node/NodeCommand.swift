// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Foundation
internal import Logging
internal import ProcessHub

/// A node of a cluster, from the command line: it joins the others and tells what it sees.
struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract: "Runs a node that joins a cluster.",
        discussion: """
            Prints a line when it listens and one for each view of the cluster. SIGTERM and SIGINT let it leave in good \
            order. Without certificates every address must be a loopback one.

            The file is a JSON object with the keys name, listen, seeds, dns, cluster, certificate, key, authority, zone, \
            weight, labels, status and logLevel; flags replace its values, and add to its lists.

            Exit codes: 0 left in good order; 64 the configuration is wrong; 69 it cannot listen on its address; \
            70 another failure; 76 another node has its name; 77 its certificates are not usable.
            """)

    @Option(help: "A JSON file that says what the flags say.") var config: String?
    @Option(help: "Unique in the cluster; with TLS the DNS name in the certificate.") var name: String?
    @Option(help: "host:port; port 0 takes a free one. Default: 127.0.0.1:0.") var listen: String?
    @Option(name: .customLong("seed"), help: "host:port of a node to connect to; may be repeated.") var seeds:
        [String] = []
    @Option(help: "name:port, a DNS name behind whose addresses nodes listen; may be repeated.") var dns: [String] = []
    @Option(help: "Nodes of other clusters are refused. Default: default.") var cluster: String?
    @Option(name: .customLong("cert"), help: "The node's certificate, a PEM file.") var certificate: String?
    @Option(help: "The certificate's key, a PEM file.") var key: String?
    @Option(name: .customLong("ca"), help: "The authority of every certificate, a PEM file.") var authority: String?
    @Option(help: "Nodes of one zone fail together.") var zone: String?
    @Option(help: "How much the node takes, relative to others. Default: 1.") var weight: Double?
    @Option(name: .customLong("label"), help: "key=value; may be repeated.") var labels: [String] = []
    @Option(help: "Directory of the status file. Default: phub in XDG_RUNTIME_DIR, or /tmp/phub-UID.") var status:
        String?
    @Option(help: "trace, debug, info, notice, warning, error or critical; to standard error.") var logLevel: String?

    func validate() throws {
        do {
            _ = try settings().node(log: StreamLogHandler.standardError)
        } catch {
            throw ValidationError(error.description)
        }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let node = try settings().node(log: StreamLogHandler.standardError)
        let interrupts = Interrupts { node.leave() }
        defer { withExtendedLifetime(interrupts) {} }
        let screen = Task { await Self.tell(of: node) }
        do {
            try await node.run()
        } catch let error as HubError {
            try? FileHandle.standardError.write(contentsOf: Data("phub: \(error.message)\n".utf8))
            throw NodeExit.code(of: error)
        }
        await screen.value
    }

    private func settings() throws(NodeConfiguration.Fault) -> NodeConfiguration {
        var settings = NodeConfiguration()
        if let config { settings = try NodeConfiguration.read(config) }
        var flags = NodeConfiguration()
        (flags.name, flags.listen, flags.seeds, flags.dns, flags.cluster) = (name, listen, seeds, dns, cluster)
        (flags.certificate, flags.key, flags.authority) = (certificate, key, authority)
        (flags.zone, flags.weight, flags.status, flags.logLevel) = (zone, weight, status, logLevel)
        flags.labels = try pairs()
        settings.add(flags)
        return settings
    }

    private func pairs() throws(NodeConfiguration.Fault) -> [String: String] {
        var pairs: [String: String] = [:]
        for label in labels {
            guard let sign = label.firstIndex(of: "="), sign > label.startIndex else {
                throw NodeConfiguration.Fault(description: "--label: \"\(label)\" is not key=value")
            }
            pairs[String(label[..<sign])] = String(label[label.index(after: sign)...])
        }
        return pairs
    }

    /// Prints where the node listens and what it sees, until it has left.
    private static func tell(of node: Node) async {
        var screen = Screen()
        guard let address = try? await node.whenListening() else { return }
        screen.say("listening: node \(node.name) at \(address), process \(getpid())")
        for await view in node.views { screen.say(line(of: view)) }
    }

    static func line(of view: MemberView) -> String {
        let names = view.members.map { member in
            member.service == .inService ? "\(member.name)" : "\(member.name) (\(member.service))"
        }
        return "view \(view.version), \(view.standing): \(names.joined(separator: ", "))"
    }
}

/// With what `phub node` ends when it could not go on.
enum NodeExit {
    static func code(of error: HubError) -> ExitCode {
        switch error.code {
        case .invalidConfiguration, .invalidName: ExitCode(64)
        case .listenFailed: ExitCode(69)
        case .nameTaken: ExitCode(76)
        case .untrusted: ExitCode(77)
        default: ExitCode(70)
        }
    }
}
