// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import Logging
internal import ProcessHub

/// What `phub node` is to be: from a file, from flags, or both.
struct NodeConfiguration: Hashable, Sendable, Codable {
    var name: String?
    /// `host:port`; port 0 takes a free one.
    var listen: String?
    var seeds: [String]?
    /// DNS names behind which nodes listen, `name:port`.
    var dns: [String]?
    var cluster: String?
    /// PEM files: the node's certificate, its key, the authority of all.
    var certificate: String?
    var key: String?
    var authority: String?
    var zone: String?
    var weight: Double?
    var labels: [String: String]?
    /// Directory of the status file.
    var status: String?
    var logLevel: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, listen, seeds, dns, cluster, certificate, key, authority, zone, weight, labels, status, logLevel
    }

    /// Something is wrong with it, in words.
    struct Fault: Error, Hashable, CustomStringConvertible {
        let description: String
    }
}

extension NodeConfiguration {
    /// Reads a file.
    ///
    /// - Throws: ``Fault`` if it cannot be read, is no JSON, or holds a key or a value that means nothing.
    static func read(_ path: String) throws(Fault) -> NodeConfiguration {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Fault(description: "\(path): cannot be read")
        }
        do {
            return try parse(data)
        } catch {
            throw Fault(description: "\(path): \(error)")
        }
    }

    static func parse(_ data: Data) throws(Fault) -> NodeConfiguration {
        guard let value = try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed),
            let object = value as? [String: Any]
        else { throw Fault(description: "this is no JSON object") }
        let known = Set(CodingKeys.allCases.map(\.rawValue))
        if let stranger = object.keys.filter({ !known.contains($0) }).min() {
            throw Fault(
                description:
                    "the key \"\(stranger)\" means nothing; known are \(known.sorted().joined(separator: ", "))")
        }
        do {
            return try JSONDecoder().decode(NodeConfiguration.self, from: data)
        } catch let DecodingError.typeMismatch(type, context), let DecodingError.valueNotFound(type, context) {
            let place = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw Fault(description: "the value of \"\(place)\" is not of the type \(type)")
        } catch {
            throw Fault(description: "a value is not usable: \(error)")
        }
    }

    /// Adds what flags say: single values replace those of the file, lists are added to them.
    mutating func add(_ flags: NodeConfiguration) {
        name = flags.name ?? name
        listen = flags.listen ?? listen
        seeds = (seeds ?? []) + (flags.seeds ?? [])
        dns = (dns ?? []) + (flags.dns ?? [])
        cluster = flags.cluster ?? cluster
        certificate = flags.certificate ?? certificate
        key = flags.key ?? key
        authority = flags.authority ?? authority
        zone = flags.zone ?? zone
        weight = flags.weight ?? weight
        labels = (labels ?? [:]).merging(flags.labels ?? [:]) { _, flag in flag }
        status = flags.status ?? status
        logLevel = flags.logLevel ?? logLevel
    }
}

// MARK: - What it means

extension NodeConfiguration {
    /// The node that it describes. Names, hosts and certificates are checked when it runs.
    ///
    /// - Throws: ``Fault`` if something is missing or contradicts something else.
    func node(log: @escaping @Sendable (String) -> any LogHandler) throws(Fault) -> Node {
        guard let name else { throw Fault(description: "the node needs a name") }
        var logger = Logger(label: "phub", factory: log)
        logger.logLevel = try level()
        return Node(
            name: NodeName(name), listen: try listening(), discovery: try discovery(),
            cluster: ClusterName(cluster ?? "default"), tls: try tls(),
            traits: NodeTraits(weight: try weighed(), zone: zone, labels: labels ?? [:]),
            status: directory, logger: logger)
    }

    var directory: StatusDirectory { status.map(StatusDirectory.init) ?? .standard }

    private func listening() throws(Fault) -> Listen {
        guard let listen else { return .loopback(0) }
        let (host, port) = try Self.split(listen, "listen")
        return .address(host, port)
    }

    private func discovery() throws(Fault) -> Discovery {
        var ways = [Discovery.seeds(seeds ?? [])]
        for name in dns ?? [] {
            let (host, port) = try Self.split(name, "dns")
            ways.append(.dns(host, port: port))
        }
        return .all(ways)
    }

    private func tls() throws(Fault) -> TLS? {
        switch (certificate, key, authority) {
        case (nil, nil, nil): return nil
        case (let certificate?, let key?, let authority?):
            return TLS(certificateChain: certificate, privateKey: key, authority: authority)
        default: throw Fault(description: "certificate, key and authority belong together")
        }
    }

    private func weighed() throws(Fault) -> Double {
        let weight = weight ?? 1
        guard weight.isFinite, weight > 0 else { throw Fault(description: "the weight must be above 0") }
        return weight
    }

    private func level() throws(Fault) -> Logger.Level {
        guard let logLevel else { return .warning }
        guard let level = Logger.Level(rawValue: logLevel) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw Fault(description: "\"\(logLevel)\" is no log level; there are \(levels)")
        }
        return level
    }

    /// `host:port`, the host of IPv6 in brackets.
    private static func split(_ text: String, _ what: String) throws(Fault) -> (host: String, port: Int) {
        let fault = Fault(description: "\(what): \"\(text)\" is not host:port, or [host]:port for IPv6")
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...])
        else { throw fault }
        var host = String(text[..<colon])
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty, isBracketed || !host.contains(":") else { throw fault }
        return (host, port)
    }
}
