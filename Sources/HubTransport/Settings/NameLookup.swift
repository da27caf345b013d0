// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif
package import HubCore
internal import NIOCore

/// Asks the system's resolver, which blocks, on a thread for such work.
package enum NameLookup {
    /// Tells all addresses of a name, each with the port of `name`, sorted and each once.
    ///
    /// - Parameter done: is told them, or why there are none, as the system says it.
    package static func resolve(
        _ name: PeerAddress, _ done: @escaping @Sendable (Result<[PeerAddress], LookupFault>) -> Void
    ) {
        BlockingWork.start { done(Result { () throws(LookupFault) in try addresses(of: name) }) }
    }

    private static func addresses(of name: PeerAddress) throws(LookupFault) -> [PeerAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var first: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name.host, nil, &hints, &first)
        guard code == 0 else { throw LookupFault(reason: String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(first) }
        var found: Set<PeerAddress> = []
        var next = first
        while let info = next {
            if let host = host(of: info.pointee) { found.insert(PeerAddress(host: host, port: name.port)) }
            next = info.pointee.ai_next
        }
        return found.sorted()
    }

    private static func host(of info: addrinfo) -> String? {
        guard let address = info.ai_addr else { return nil }
        switch info.ai_family {
        case AF_INET:
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                SocketAddress($0.pointee).ipAddress
            }
        case AF_INET6:
            return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                SocketAddress($0.pointee).ipAddress
            }
        default: return nil
        }
    }
}

/// Why a name has no address.
package struct LookupFault: Error, Hashable, Sendable, CustomStringConvertible {
    package var reason: String
    package init(reason: String) { self.reason = reason }
    package var description: String { reason }
}
