// SPDX-License-Identifier: Apache-2.0

/// An error that a process threw and that could not arrive as itself: its type is not among the kind's
/// ``HubProcess/errors``.
///
/// The call was executed. Errors thrown by a process on the caller's own node are told in the same way, so that code
/// tried on one node meets nothing new on two.
public struct RemoteError: Error, Hashable, Codable, Sendable, CustomStringConvertible {
    /// The name of the error's type, with its module.
    public let typeName: String
    /// The error's description, cut at 1 024 bytes.
    public let message: String

    package init(typeName: String, message: String) {
        self.typeName = typeName
        self.message = message.capped(bytes: Self.messageBytes)
    }

    package init(describing error: any Error) {
        self.init(typeName: String(reflecting: type(of: error)), message: String(describing: error))
    }

    private static let messageBytes = 1_024

    /// Printable, whatever the other node sent.
    public var description: String { "\(typeName): \(message)".escaped }
}

extension String {
    /// The longest prefix of whole characters with at most `bytes` UTF-8 bytes.
    package func capped(bytes: Int) -> String {
        guard utf8.count > bytes else { return self }
        var size = 0
        return String(
            prefix {
                size += $0.utf8.count; return size <= bytes
            })
    }
}
