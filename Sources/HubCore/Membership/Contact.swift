// SPDX-License-Identifier: Apache-2.0

/// How a connection ended, as far as it says something about the peer.
package enum LinkEnd: UInt8, Hashable, Sendable, CaseIterable {
    /// The peer's end closed it without a word: its process most likely ended.
    case closed = 0
    /// The peer said goodbye.
    case goodbye = 1
    /// Nothing was heard for too long.
    case silent = 2
    /// This node closed it, or it was replaced; nothing follows for the peer.
    case ours = 3
    /// It broke.
    case broken = 4
}

/// Why dialing an address led to nobody.
package enum DialFault: Hashable, Sendable {
    /// Nothing listens there.
    case refused
    /// No answer, or no way there.
    case unreachable
    /// It is this very node.
    case ownAddress
    /// Somebody is there and does not admit this node: another cluster, not trusted, no common version, another name than
    /// was meant, or this node's own.
    case turnedAway
    /// Somebody there says that another node has this node's name, and is connected.
    case nameTaken
}
