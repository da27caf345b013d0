// SPDX-License-Identifier: Apache-2.0

// Telling a peer that its deltas came: at once where somebody there waits for it or the receipt asks for something, else
// with what is sent there next, or a little later. A receipt of its own costs both nodes as much as what it is for.

extension Registry {
    mutating func owe(
        _ receipt: Receipt, to place: Int, isPatient: Bool, at now: Instant, into actions: inout [RegistryAction]
    ) {
        peers[place].owed.append(receipt)
        let isNews = receipt.slice?.isGap ?? false || !receipt.covered.isEmpty
        guard isPatient, !isNews, peers[place].owed.count < Limits.windowMessages else {
            return payReceipts(to: place, into: &actions)
        }
        if receiptsDue == nil { receiptsDue = now.advanced(by: Limits.receiptPatience) }
    }

    /// Something else is sent to these nodes now.
    package mutating func payReceipts(to nodes: [NodeName], into actions: inout [RegistryAction]) {
        for place in peers.indices where !peers[place].owed.isEmpty && nodes.contains(peers[place].name) {
            payReceipts(to: place, into: &actions)
        }
    }

    /// Whether there may be receipts that were put off.
    package var owesReceipts: Bool { receiptsDue != nil }

    mutating func payReceipts(into actions: inout [RegistryAction]) {
        receiptsDue = nil
        for place in peers.indices { payReceipts(to: place, into: &actions) }
    }

    mutating func payReceipts(to place: Int, into actions: inout [RegistryAction]) {
        guard !peers[place].owed.isEmpty else { return }
        for receipt in peers[place].owed {
            actions.append(.send(message(.received(receipt)), to: peers[place].name))
        }
        peers[place].owed.removeAll(keepingCapacity: true)
    }
}
