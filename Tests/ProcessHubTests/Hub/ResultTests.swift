// SPDX-License-Identifier: Apache-2.0

import HubCore
import Testing

@testable import ProcessHub

/// The accessors of what a start and a stop came to; the ids in the names are those of the contract's scenarios.
@Suite("Results")
struct ResultTests {
    private let hub: Hub

    init() throws { hub = try Hub("h", on: testNode("a")) { $0.processes = [Bench.self] } }

    private func route(_ node: NodeName) -> Route {
        Route(node: node, epoch: Epoch(Stamp(time: 1, incarnation: Incarnation(rawValue: 1))))
    }

    private func started(_ answers: (ChildID, ChildOutcome)..., rolledBack: Bool = false) -> StartResult {
        OperationOutcome(children: answers.map { ($0.0, .done($0.1)) }, isRolledBack: rolledBack)
            .started(hub.resolver)
    }

    private func stopped(_ answers: (ChildID, ChildOutcome)...) -> StopResult {
        OperationOutcome(children: answers.map { ($0.0, .done($0.1)) }).stopped()
    }

    @Test("a start where every child runs (Q03, Q05, Q07, Q09, Q11, Q13, Q15, Q17, Q19)")
    func allStarted() throws {
        let result = started(
            ("a", .started(route("n"), holders: 2)), ("b", .started(route("m"), holders: 1)),
            ("c", .started(route("n"), holders: 2)))
        #expect(result.status == .ok && result.errors.isEmpty && !result.isRolledBack)
        #expect(try result.get().map(\.child) == ["a", "b", "c"])
        #expect(result.ids == ["a", "b", "c"] && result.nodes == ["n", "m"] && result.node == "n")
        #expect(result.first?.child == "a" && result.first?.holders == 2 && result.first?.host == Host(route("n")))
        #expect(try result.process(as: Bench.self)?.id == ProcessID(hub: "h", child: "a"))
        #expect(try result.processes(as: Bench.self).map(\.id.child) == ["a", "b", "c"])
    }

    @Test("a start where some failed: the error is that of the first, and says that something was done (Q02)")
    func someFailed() throws {
        let result = started(
            ("a", .failed(.noOwner)), ("b", .started(route("n"), holders: 1)),
            ("c", .failed(.startFailed(.initializerThrew("Bad"), on: "m"))))
        #expect(result.status == .failed && result.ids == ["b"])
        #expect(result.errors.map(\.child) == ["a", "c"] && result.errors.map(\.node) == [nil, "m"])
        let error = #expect(throws: HubError.self) { try result.get() }
        #expect(error?.code == .noOwner && error?.outcome == .unknown)
        #expect(error?.message.contains("1 more failed") == true)
    }

    @Test("a start of which nothing runs (Q08, Q10, Q12, Q14, Q16, Q18, Q20)")
    func noneStarted() throws {
        let result = started(("a", .failed(.alreadyStarted(route("n")))))
        #expect(result.status == .failed && result.ids.isEmpty && result.nodes.isEmpty)
        #expect(result.node == nil && result.first == nil)
        #expect(try result.process(as: Bench.self) == nil && result.processes(as: Bench.self).isEmpty)
        let error = #expect(throws: HubError.self) { try result.get() }
        #expect(error?.code == .alreadyStarted && error?.outcome == .notExecuted)
    }

    @Test("a start that was rolled back tells the failure from what was taken back (Q01)")
    func rolledBack() {
        let result = started(
            ("good", .failed(.rolledBack)), ("bad", .failed(.startFailed(.timedOut, on: "n"))), rolledBack: true)
        #expect(result.isRolledBack && result.status == .failed && result.started.isEmpty)
        #expect(result.rolledBack == ["good"] && result.errors.map(\.child) == ["bad"])
        let error = #expect(throws: HubError.self) { try result.get() }
        #expect(error?.code == .startFailed && error?.outcome == .notExecuted)
        #expect(error?.message.contains("taken back") == true)
    }

    @Test("a stop, whole and in part (Q21, Q22, Q24 to Q33)")
    func stops() throws {
        let whole = stopped(
            ("a", .stopped(hosts: ["n", "m"], holders: 2)), ("b", .stopped(hosts: ["m"], holders: 2)))
        #expect(whole.status == .ok && whole.ids == ["a", "b"] && whole.nodes == ["n", "m"])
        #expect(try whole.get() == whole.stopped && whole.first?.child == "a")
        let partly = stopped(("a", .stopped(hosts: [], holders: 1)), ("b", .failed(.unknown)))
        #expect(partly.status == .failed && partly.errors.map(\.error.code) == [.unknownProcess])
        #expect(throws: HubError.self) { try partly.get() }
        let nothing = stopped(("b", .failed(.unknown)))
        #expect(nothing.first == nil && nothing.nodes.isEmpty)
        let error = #expect(throws: HubError.self) { try nothing.get() }
        #expect(error?.outcome == .notExecuted)
    }

    @Test(
        "an outcome says *not executed* only where that is certain (S7)",
        arguments: [
            (ChildFault.deadlinePassed(accepted: true), Outcome.unknown),
            (.deadlinePassed(accepted: false), .unknown), (.noOwner, .notExecuted), (.tooManyHops, .notExecuted),
            (.partitioned, .notExecuted), (.leaving, .notExecuted), (.overloaded, .notExecuted),
            (.refused("no"), .notExecuted), (.duplicate, .notExecuted), (.unknown, .notExecuted),
        ])
    func outcomes(fault: ChildFault, outcome: Outcome) {
        #expect(HubError(fault, of: "c").outcome == outcome)
    }

    @Test(
        "every refusal has an error of its own",
        arguments: [
            (Refusal.notHere, HubError.Code.deadlineExceeded), (.stale(own: .none), .stale),
            (.overloaded, .overloaded), (.stopped, .processStopped), (.deadlinePassed, .deadlineExceeded),
            (.cancelled, .cancelled), (.partitioned, .partitioned), (.expired, .expired),
            (.unknown, .connectionLost), (.replyGone, .replyGone),
        ])
    func refusals(refusal: Refusal, code: HubError.Code) {
        #expect(HubError(refused: refusal, "c.m()", outcome: .notExecuted).code == code)
    }

    @Test("answers are found by their places, also where some children were refused or are named twice")
    func places() async throws {
        let refused = [1: ChildFailure("bad", HubError(.unknown, of: "bad"))]
        let record = OperationRecord(["a", "bad", "b", "a"], refused: refused)
        record.answer([ChildAnswer("a", .failed(.duplicate), at: 2), ChildAnswer("b", .changed(holders: 1), at: 1)])
        record.answer([ChildAnswer("a", .changed(holders: 2), at: 0)])
        _ = record.finish(isRolledBack: false)
        let shown = try await record.outcome().children.map { child, one in "\(child): \(one)" }
        #expect(shown[0].contains("changed(holders: 2)") && shown[2].contains("changed(holders: 1)"))
        #expect(shown[1].contains("wished") && shown[3].contains("duplicate"))
    }

    @Test("answers come in any order, the result in that of the request; what was never decided says so")
    func order() async throws {
        let record = OperationRecord(["a", "b", "c"])
        record.answer([ChildAnswer("c", .stopped(hosts: [], holders: 1))])
        record.answer([ChildAnswer("a", .stopped(hosts: [], holders: 1))])
        record.abandon(HubError(.nodeStopped, "gone", outcome: .unknown))
        let result = try await record.outcome().stopped()
        #expect(result.ids == ["a", "c"])
        #expect(result.errors.map(\.child) == ["b"] && result.errors.map(\.error.outcome) == [.unknown])
        _ = record.finish(isRolledBack: false)
        #expect(try await record.outcome().stopped().ids == ["a", "c"])
    }
}
