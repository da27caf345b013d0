// SPDX-License-Identifier: Apache-2.0

public import HubCore

/// Why an operation did not do what was asked for one of its children.
public struct ChildFailure: Sendable, CustomStringConvertible {
    public let child: ChildID
    /// The node that it failed on, if it got so far.
    public let node: NodeName?
    /// Why, and whether it may have been done all the same.
    public let error: HubError

    init(_ child: ChildID, _ error: HubError, on node: NodeName? = nil) {
        self.child = child
        self.node = node
        self.error = error
    }

    public var description: String { "\(child): \(error)" }
}

extension ChildFailure {
    init(_ child: ChildID, _ fault: ChildFault) {
        var node: NodeName?
        switch fault {
        case .startFailed(_, let host): node = host
        case .alreadyStarted(let route): node = route?.node
        default: break
        }
        self.init(child, HubError(fault, of: child), on: node)
    }
}

extension HubError {
    init(_ fault: ChildFault, of child: ChildID) {
        switch fault {
        case .alreadyStarted(let route):
            let place = route.map { ", on \($0.node)" } ?? ""
            self.init(.alreadyStarted, "\(child) is started already\(place)", outcome: .notExecuted)
        case .duplicate:
            self.init(.alreadyStarted, "the request names \(child) twice", outcome: .notExecuted)
        case .unknown:
            self.init(.unknownProcess, "no child \(child) is wished for", outcome: .notExecuted)
        case .startFailed(let fault, let node):
            self.init(fault, of: child, on: node)
        case .noOwner:
            self.init(.noOwner, "no member takes \(child)", outcome: .notExecuted)
        case .tooManyHops:
            self.init(.noOwner, "the members do not agree who takes \(child)", outcome: .notExecuted)
        case .deadlinePassed(let isAccepted):
            let fate = isAccepted ? "its owner knows of it and may yet do it" : "no owner is known to have heard of it"
            self.init(.deadlineExceeded, "\(child): the deadline passed; \(fate)", outcome: .unknown)
        case .rolledBack:
            self.init(.rolledBack, "\(child) was taken back with the others", outcome: .notExecuted)
        case .partitioned:
            self.init(.partitioned, "\(child): this side of the cluster sees no quorum", outcome: .notExecuted)
        case .leaving:
            self.init(.nodeStopped, "\(child): the node leaves", outcome: .notExecuted)
        case .overloaded:
            self.init(.overloaded, "\(child): too much is under way", outcome: .notExecuted)
        case .refused(let reason):
            self.init(.invalidConfiguration, "\(child): \(reason)", outcome: .notExecuted)
        }
    }

    private init(_ fault: StartFault, of child: ChildID, on node: NodeName) {
        switch fault {
        case .unknownKind:
            self.init(
                .unknownKind,
                "\(child): its kind is not among those that \(node) runs, nor any other member that it knows",
                outcome: .notExecuted)
        case .undecodableArguments(let reason):
            self.init(.undecodableArguments, "\(child) on \(node): \(reason)", outcome: .notExecuted)
        case .initializerThrew(let text):
            self.init(.startFailed, "\(child) on \(node): its initializer threw \(text)", outcome: .notExecuted)
        case .timedOut:
            self.init(
                .startFailed, "\(child) on \(node): its initializer did not return in time", outcome: .notExecuted)
        case .nodeLeaves:
            self.init(.nodeStopped, "\(child): \(node) leaves", outcome: .notExecuted)
        }
    }
}
