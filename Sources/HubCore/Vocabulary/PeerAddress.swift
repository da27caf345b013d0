// SPDX-License-Identifier: Apache-2.0

/// Where a node can be dialed: a host name or a literal address, and a port.
package struct PeerAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port`; a literal IPv6 address stands in brackets, `[::1]:7946`.
    ///
    /// - Throws: ``HubError`` with the code ``HubError/Code/invalidConfiguration``; nothing was done.
    package init(parsing text: String) throws(HubError) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
            let port = UInt16(text[text.utf8.index(after: colon)...]), port > 0,
            let host = Self.host(String(text[..<colon]))
        else {
            let shown = text.utf8.count <= Limits.nameBytes ? Escaped(text).description : "text"
            throw HubError(.invalidConfiguration, "\(shown) is not an address, host:port", outcome: .notExecuted)
        }
        self.init(host: host, port: port)
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.host == right.host ? left.port < right.port : left.host < right.host
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether the host is certain to be this machine: `localhost`, `127.0.0.0/8` or `::1`, without asking a resolver.
    package var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// The host without brackets, or `nil` if it cannot be one.
    private static func host(_ text: String) -> String? {
        let bracketed = text.hasPrefix("[") && text.hasSuffix("]")
        let host = bracketed ? String(text.dropFirst().dropLast()) : text
        guard !host.isEmpty, host.utf8.count <= Limits.nameBytes, bracketed || !host.utf8.contains(UInt8(ascii: ":")),
            host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "[") && $0 != UInt8(ascii: "]") })
        else { return nil }
        return host
    }
}
