// SPDX-License-Identifier: Apache-2.0

public import HubCore

extension Hub {
    /// Starts one child and waits until it runs.
    ///
    /// ```swift
    /// let counter = try await hub.start(Counter.self, id: "c-1", .init(start: 5), tags: ["billing"])
    /// ```
    ///
    /// The child runs on the member that the hub's distribution names, which may be any, and is wished for from then on:
    /// should its node be lost, it is started elsewhere. This node's own lookups show it when this returns. A task that is
    /// cancelled goes on waiting, and the start with it.
    ///
    /// - Returns: a reference to it.
    /// - Throws: ``HubError``, which says whether the child may have been started all the same:
    ///   ``HubError/Code/alreadyStarted``, ``HubError/Code/startFailed`` if its initializer threw or took too long,
    ///   ``HubError/Code/unknownKind`` if no member that takes children runs its kind, ``HubError/Code/deadlineExceeded``, and others.
    public func start<P: HubProcess>(
        _ type: P.Type, id: ChildID, _ arguments: P.Arguments, metadata: [String: MetadataValue] = [:],
        tags: Set<String> = [], restart: RestartPolicy = .permanent, options: StartOptions = StartOptions()
    ) async throws(HubError) -> P {
        let child = Child(type, id: id, arguments, metadata: metadata, tags: tags, restart: restart)
        let record = resident.start([child], options, by: .caller)
        _ = try await record.outcome().started(resolver).get()
        return try process(id, as: type)
    }

    /// Starts one child that needs no arguments and waits until it runs. See the form with arguments.
    public func start<P: HubProcess>(
        _ type: P.Type, id: ChildID, metadata: [String: MetadataValue] = [:], tags: Set<String> = [],
        restart: RestartPolicy = .permanent, options: StartOptions = StartOptions()
    ) async throws(HubError) -> P where P.Arguments == NoArguments {
        try await start(
            type, id: id, NoArguments(), metadata: metadata, tags: tags, restart: restart, options: options)
    }

    /// Starts children, any number of them, and returns at once.
    ///
    /// A child that breaks a limit, or that the request names a second time, is refused by itself, and the others go on;
    /// under ``StartOptions/FailurePolicy/rollBack`` nothing is started then.
    ///
    /// - Returns: the operation, which may be awaited once, many times or never.
    @discardableResult
    public func start(_ children: [Child], options: StartOptions = StartOptions()) -> StartOperation {
        StartOperation(record: resident.start(children, options), resolver: resolver)
    }

    /// Stops one child and waits until it is stopped.
    ///
    /// Its instance is ended wherever it runs, and it is not started again by anything but a new start. A task that is
    /// cancelled goes on waiting, and the stop with it.
    ///
    /// - Throws: ``HubError``: ``HubError/Code/unknownProcess`` if no such child is wished for,
    ///   ``HubError/Code/deadlineExceeded``, and others.
    public func stop(_ id: ChildID, options: StopOptions = StopOptions()) async throws(HubError) {
        _ = try await stop([id], options: options).result.get()
    }

    /// Stops children, any number of them, and returns at once.
    ///
    /// - Returns: the operation, which may be awaited once, many times or never.
    @discardableResult
    public func stop(_ ids: [ChildID], options: StopOptions = StopOptions()) -> StopOperation {
        StopOperation(record: resident.stop(ids, options))
    }

    /// Changes metadata or tags of a child, for every node to see. `nil` leaves them as they are.
    ///
    /// - Parameter deadline: for the whole operation.
    /// - Throws: ``HubError``: ``HubError/Code/unknownProcess`` if no such child is wished for, ``HubError/Code/tooLarge``,
    ///   ``HubError/Code/deadlineExceeded``, and others.
    public func update(
        _ id: ChildID, metadata: [String: MetadataValue]? = nil, tags: Set<String>? = nil,
        deadline: Duration = StartOptions.defaultDeadline
    ) async throws(HubError) {
        let record = try resident.change(id, metadata: metadata, tags: tags, deadline: deadline)
        for (child, one) in try await record.outcome().children {
            switch one {
            case .done(.changed): break
            case .done(let outcome): throw outcome.failure(of: child).error
            case .failed(let failure): throw failure.error
            }
        }
    }
}
