// SPDX-License-Identifier: Apache-2.0

/// Whether the operation that failed happened all the same.
public enum Outcome: UInt8, Hashable, Codable, Sendable, CaseIterable {
    /// It did not happen and never will.
    case notExecuted = 0
    /// It may have happened, may happen yet, or may never happen.
    case unknown = 1
    /// It happened.
    case executed = 2
}

/// The one error of the library: what went wrong, in words, and whether the operation happened.
///
/// The description never shows the state of a process, and is printable whoever the message comes from.
public struct HubError: Error, CustomStringConvertible, Sendable {
    public var code: Code
    public var message: String
    /// Whether the operation that failed happened all the same.
    public var outcome: Outcome
    /// The error underneath, if there was one.
    public var cause: (any Error)?

    public init(_ code: Code, _ message: String, outcome: Outcome, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.outcome = outcome
        self.cause = cause
    }

    public var description: String {
        // A foreign error is named, not shown: it may hold what a process knows.
        let because =
            cause.map { ", because: \(($0 as? HubError)?.description ?? String(reflecting: type(of: $0)))" } ?? ""
        return "\(code): \(message.escaped) (\(outcome))\(because)"
    }
}

extension HubError {
    /// What went wrong. More codes may come with later versions, so a `switch` needs a `default`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Wrapped: UInt8, CaseIterable {
            case invalidName = 1
            case invalidConfiguration
            case duplicateKind
            case duplicateMethod
            case unsupportedKind
            case unsupportedMethod
            case unknownProcess
            case unknownKind
            case wrongKind
            case unknownMethod
            case undecodableArguments
            case unencodableArguments
            case undecodableResult
            case unencodableResult
            case processStopped
            case stale
            case overloaded
            case deadlineExceeded
            case cancelled
            case connectionLost
            case expired
            case replyGone
            case tooLarge
            case nameTaken
            case refused
            case untrusted
            case partitioned
            case nodeNotRunning
            case nodeStopped
            case listenFailed
            case alreadyStarted
            case startFailed
            case internalFault
            case noChildren
            case noOwner
            case rolledBack
        }

        private let wrapped: Wrapped
        private init(_ wrapped: Wrapped) { self.wrapped = wrapped }

        /// The number that stands for the code on the wire; it never changes.
        package var number: UInt8 { wrapped.rawValue }
        /// The code of a number, or `nil` for one that a newer version knows.
        package init?(number: UInt8) {
            guard let wrapped = Wrapped(rawValue: number) else { return nil }
            self.init(wrapped)
        }
        package static let all: [Code] = Wrapped.allCases.map(Code.init)

        public var description: String { "\(wrapped)" }

        /// A name is empty, too long or holds control characters.
        public static let invalidName = Code(.invalidName)
        /// Two settings contradict each other, or one is out of range.
        public static let invalidConfiguration = Code(.invalidConfiguration)
        /// Two types claim one kind name.
        public static let duplicateKind = Code(.duplicateKind)
        /// A kind has two distributed methods with one name and the same labels.
        public static let duplicateMethod = Code(.duplicateMethod)
        /// The type cannot be a kind: it is generic.
        public static let unsupportedKind = Code(.unsupportedKind)
        /// The method cannot be called through a reference: it is generic.
        public static let unsupportedMethod = Code(.unsupportedMethod)
        /// No child of this id is wished for.
        public static let unknownProcess = Code(.unknownProcess)
        /// The kind is not registered on the node that should run it.
        public static let unknownKind = Code(.unknownKind)
        /// The child exists and is of another kind.
        public static let wrongKind = Code(.wrongKind)
        /// The kind has no such method on the node that hosts the process.
        public static let unknownMethod = Code(.unknownMethod)
        /// The arguments could not be decoded where the process runs.
        public static let undecodableArguments = Code(.undecodableArguments)
        /// The arguments could not be encoded.
        public static let unencodableArguments = Code(.unencodableArguments)
        /// The result could not be decoded by the caller.
        public static let undecodableResult = Code(.undecodableResult)
        /// The result could not be encoded where the process runs.
        public static let unencodableResult = Code(.unencodableResult)
        /// The process was stopped.
        public static let processStopped = Code(.processStopped)
        /// The activation was superseded by one with a higher epoch.
        public static let stale = Code(.stale)
        /// A bounded queue is full.
        public static let overloaded = Code(.overloaded)
        /// The deadline passed first.
        public static let deadlineExceeded = Code(.deadlineExceeded)
        /// The caller's task was cancelled.
        public static let cancelled = Code(.cancelled)
        /// The connection broke before the answer came.
        public static let connectionLost = Code(.connectionLost)
        /// The process no longer remembers whether it executed the request.
        public static let expired = Code(.expired)
        /// The request was executed and its reply was dropped to keep memory bounded.
        public static let replyGone = Code(.replyGone)
        /// The arguments or the result exceed what one frame may carry.
        public static let tooLarge = Code(.tooLarge)
        /// Another node of this name is in the cluster.
        public static let nameTaken = Code(.nameTaken)
        /// The peer refused the connection; the message says why.
        public static let refused = Code(.refused)
        /// A certificate is missing, expired, not yet valid, of another authority or for another name.
        public static let untrusted = Code(.untrusted)
        /// The node sees no quorum.
        public static let partitioned = Code(.partitioned)
        /// The node has not been run.
        public static let nodeNotRunning = Code(.nodeNotRunning)
        /// The node has stopped.
        public static let nodeStopped = Code(.nodeStopped)
        /// The node cannot listen on its address.
        public static let listenFailed = Code(.listenFailed)
        /// The child is wished for already, or one request names it twice.
        public static let alreadyStarted = Code(.alreadyStarted)
        /// The initializer of the process threw; the cause says what.
        public static let startFailed = Code(.startFailed)
        /// A promise of the library was broken; please report it.
        public static let internalFault = Code(.internalFault)
        /// A start or a stop of no children at all.
        public static let noChildren = Code(.noChildren)
        /// No member of the hub takes the child.
        public static let noOwner = Code(.noOwner)
        /// Other children of the request could not be started, and this one was taken back with them.
        public static let rolledBack = Code(.rolledBack)
    }
}
