// SPDX-License-Identifier: Apache-2.0

internal import Distributed
internal import HubCore
internal import Synchronization

/// Executes a target the slow way, where the runtime refused to make an ``ExecutionPlan``.
typealias TargetExecutor =
    @Sendable (any DistributedActor, String, inout HubInvocationDecoder, HubResultHandler) async throws -> Void

/// One distributed method of one kind: its name for the wire and how this binary executes it.
@usableFromInline
final class MethodPlan: Sendable {
    let kind: ProcessKind
    let name: MethodName
    /// A small number that no other method of this program has.
    let ordinal = MethodPlan.lastOrdinal.add(1, ordering: .relaxed).newValue
    /// The target's name in this binary; it never crosses the wire.
    let identifier: String
    /// Whether a call may be sent anew after an unknown outcome.
    let isIdempotent: Bool
    /// Whether a parameter is or holds a distributed actor, so that a local call has to pass a reference to it.
    let takesActors: Bool
    /// The same of the result.
    @usableFromInline let returnsActors: Bool
    /// Whether its turns may run on event loops.
    let pace = Mutex(TurnPace())
    private static let lastOrdinal = Atomic<Int>(0)
    private let execution: ExecutionPlan?
    private let resultForm: (any ResultForm)?
    private let fallback: TargetExecutor

    init(
        kind: ProcessKind, name: MethodName, identifier: String, isIdempotent: Bool, fallback: @escaping TargetExecutor
    ) {
        self.kind = kind
        self.name = name
        self.identifier = identifier
        self.isIdempotent = isIdempotent
        self.fallback = fallback
        let execution = ExecutionPlan(identifier: identifier)
        let form = execution.flatMap { ResultForms.form(of: $0.result) }
        self.execution = form == nil ? nil : execution
        resultForm = form
        takesActors = execution?.parameters.contains(where: References.isCarried) ?? true
        returnsActors = execution.map { References.isCarried(by: $0.result) } ?? true
    }

    /// Whether the quick way serves; if not, every call costs the runtime's demangling.
    var hasExecutionPlan: Bool { execution != nil }

    /// Runs the method with the caller's own values, in the caller's task.
    @inline(__always)  // A function that waits costs several times what this one does.
    func call(on actor: any DistributedActor, _ arguments: Arguments, into result: ResultPlace) async throws {
        var decoder = HubInvocationDecoder(arguments)
        guard let execution, execution.result == result.type else {
            return try await callSlowly(on: actor, &decoder, into: result)
        }
        try await execution.execute(on: actor, arguments: &decoder, result: result.address)
    }

    func call<Result>(
        on actor: any DistributedActor, _ arguments: Arguments, returning: Result.Type
    ) async throws -> Result {
        let result = UnsafeMutablePointer<Result>.allocate(capacity: 1)
        defer { result.deallocate() }
        let place = ResultPlace(UnsafeMutableRawPointer(result), Result.self)
        try await call(on: actor, arguments, into: place)
        return result.move()
    }

    /// Runs the method with the caller's own values and drops its result.
    func callForNobody(on actor: any DistributedActor, _ arguments: Arguments) async throws {
        var decoder = HubInvocationDecoder(arguments)
        guard let execution, let resultForm else {
            return try await fallback(actor, identifier, &decoder, HubResultHandler { _, _ in })
        }
        let result = resultForm.allocate()
        defer { result.deallocate() }
        try await execution.execute(on: actor, arguments: &decoder, result: result)
        resultForm.destroy(result)
    }

    private func callSlowly(
        on actor: any DistributedActor, _ decoder: inout HubInvocationDecoder, into result: ResultPlace
    ) async throws {
        let box = ResultBox<Void>()
        let handler = HubResultHandler { type, address in
            guard type == result.type, let form = ResultForms.form(of: type) else { return }
            form.copy(address, to: result.address)
            box.value = ()
        }
        try await fallback(actor, identifier, &decoder, handler)
        guard box.value != nil else {
            throw HubError(
                .undecodableResult, "\(kind).\(name) did not return a \(result.type)", outcome: .executed)
        }
    }

    private final class ResultBox<Value> {
        var value: Value?
    }

    /// Runs the method with arguments from the wire and appends its encoded result.
    ///
    /// - Throws: ``ArgumentFault`` if the method was not executed, ``ResultFault`` if its result could not be encoded,
    ///   and what the method throws.
    @inline(__always)
    func call(on actor: any DistributedActor, bytes: [UInt8], codec: Codec) async throws -> [UInt8] {
        guard let execution, let resultForm else { return try await callSlowly(on: actor, bytes: bytes, codec: codec) }
        var decoder = try HubInvocationDecoder(bytes: bytes, count: execution.parameters.count, codec: codec)
        let result = resultForm.allocate()
        defer { result.deallocate() }
        try await execution.execute(on: actor, arguments: &decoder, result: result)
        defer { resultForm.destroy(result) }
        return try resultForm.encode(result, codec)
    }

    private func callSlowly(on actor: any DistributedActor, bytes: [UInt8], codec: Codec) async throws -> [UInt8] {
        guard let header = CallArray.header(of: bytes) else { throw ArgumentFault(reason: "not a list of arguments") }
        var decoder = try HubInvocationDecoder(bytes: bytes, count: header.count, codec: codec)
        let box = ResultBox<[UInt8]>()
        let handler = HubResultHandler { type, address in
            guard let form = ResultForms.form(of: type) else { throw ResultFault(reason: "\(type) cannot be encoded") }
            box.value = try form.encode(address, codec)
        }
        try await fallback(actor, identifier, &decoder, handler)
        return box.value ?? []
    }
}

/// The result of a method could not be encoded; the method was executed.
struct ResultFault: Error {
    let reason: String
}
