// SPDX-License-Identifier: Apache-2.0

public import HubCore
internal import HubTransport
public import Logging
public import ServiceLifecycle
internal import Synchronization

/// One member of a cluster: it listens, connects to others and runs the processes of its hubs.
///
/// ```swift
/// let node = Node(name: "a", listen: .loopback(7946), discovery: .seeds(["127.0.0.1:7947"]))
/// let hub = try Hub("carts", on: node) { $0.processes = [Cart.self] }
/// try await node.run {
///     let cart = try hub.process("cart-17", as: Cart.self)
///     print(try await cart.total)
/// }
/// ```
///
/// A node is the `Service` of its hubs: add it, and not them, to a `ServiceGroup`. Making one starts nothing; it runs
/// once. Calls that are made before it runs wait for it, until their deadline.
public final class Node: Service, Sendable {
    /// How long a call waits, is routed and is sent again if neither its caller nor its node says otherwise: 5 s.
    public static let defaultCallDeadline = Limits.callDeadline

    public let name: NodeName
    /// Resolves references to the processes of all hubs of this node.
    public let actorSystem: HubActorSystem

    let calls: CallDriver
    let instances: Instances
    let plan: TransportPlan
    let life: NodeLife
    let board = ViewBoard()
    let traits: NodeTraits
    let statusDirectory: StatusDirectory?
    let membership = Mutex<NodeDriver?>(nil)
    let residents = Residents()
    let logger: Logger

    /// Prepares a node. Settings are checked when it runs.
    ///
    /// - Parameters:
    ///   - name: unique in the cluster; with TLS the DNS name in the node's certificate.
    ///   - listen: where other nodes connect to; a free loopback port by default.
    ///   - discovery: whom to connect to.
    ///   - cluster: nodes of different clusters refuse each other.
    ///   - tls: required for every address but a loopback one.
    ///   - traits: what strategies may want to know about the node.
    ///   - status: where the node keeps a file for `phub nodes`; by default it keeps none.
    ///   - callDeadline: how long the calls made on this node may take where ``withDeadline(_:_:)`` sets no limit; more
    ///     than zero. A turn of a caller on this node that takes longer is told in the log.
    ///   - turnsOnEventLoops: whether calls from other nodes run on the connection's event loop once their method has
    ///     shown that its turns are short, which takes a third off the time of a lone call; the same for initializers of
    ///     children that other nodes start one by one. Switch it off if a process may block its thread, or calls `wait()`
    ///     on a future of SwiftNIO, which traps there.
    public init(
        name: NodeName, listen: Listen = .loopback(0), discovery: Discovery = .none, cluster: ClusterName = "default",
        tls: TLS? = nil, traits: NodeTraits = NodeTraits(), status: StatusDirectory? = nil,
        callDeadline: Duration = Node.defaultCallDeadline, turnsOnEventLoops: Bool = true,
        logger: Logger = Logger(label: "ProcessHub")
    ) {
        var logger = logger
        logger[metadataKey: "node"] = "\(name)"
        let incarnation = Incarnation(rawValue: .random(in: 1...UInt64.max))
        self.name = name
        self.logger = logger
        self.traits = traits
        statusDirectory = status
        plan = TransportPlan(
            identity: NodeIdentity(cluster: cluster, node: name, incarnation: incarnation), listen: listen,
            discovery: discovery, tls: tls)
        calls = CallDriver(
            name: name, incarnation: incarnation, kinds: .ofProcesses, logger: logger,
            callDeadline: callDeadline, runsOnLoops: turnsOnEventLoops)
        actorSystem = HubActorSystem(calls: calls)
        calls.bind(actorSystem)
        instances = Instances(calls: calls, actorSystem: actorSystem, logger: logger)
        life = NodeLife(name: name)
    }

    deinit {
        // A node that never ran leaves residents that still hold what they would have used.
        residents.end()
        calls.dissolve()
    }

    /// Takes in a hub.
    ///
    /// - Throws: ``HubError`` with ``HubError/Code/invalidConfiguration`` if the node has a hub of this id.
    func admit(_ resident: any Resident) throws(HubError) {
        guard residents.admit(resident) else {
            throw HubError(.invalidConfiguration, "\(name) has a hub \(resident.id) already", outcome: .notExecuted)
        }
        // A node that runs says so; one that is yet to run says so when it begins.
        membership.withLock { $0 }?.post(.hubStarted(resident.id))
    }

    /// The living node goes on under a new incarnation: calls under way keep their ids, what is minted later is of the
    /// new life.
    func become(_ incarnation: Incarnation) {
        calls.become(incarnation)
    }

    func mintEpoch() -> Epoch { calls.mintEpoch() }

    /// Takes note of an epoch of another node, so that every epoch minted here from now on is above it.
    ///
    /// - Returns: `false` for one that lies more than a year ahead, which is no epoch to follow: it was counted.
    func observe(_ epoch: Epoch) -> Bool { calls.observe(epoch) }
}
