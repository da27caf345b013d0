// SPDX-License-Identifier: Apache-2.0

import Distributed
import Testing

@testable import ProcessHub

distributed actor Outer: HubProcess {
    init(_: NoArguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }
    distributed func own(_ n: Int, named name: String) -> Int { n }
    distributed var reading: Double { 1 }
    private distributed func secret() {}

    distributed actor Inner: HubProcess {
        init(_: NoArguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }
        distributed func nested() -> Int { 2 }
    }
}

extension Outer {
    distributed func added() async throws -> String { "added" }
}

distributed actor Twins: HubProcess {
    init(_: NoArguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }
    distributed func take(_ n: Int) {}
    distributed func take(_ n: String) {}
}

distributed actor Shelf<Element: Codable & Sendable>: HubProcess {
    init(_: NoArguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }
    distributed func put(_ element: Element) {}
}

distributed actor Loose: HubProcess {
    static var idempotent: Set<MethodName> { ["missing()"] }
    init(_: NoArguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }
}

distributed actor Broad: HubProcess {
    init(_: NoArguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }
    distributed func echo<T: Codable & Sendable>(_ value: T) -> T { value }
    distributed func plain() -> Int { 1 }
}

@Suite("MethodNames")
struct MethodNamesTests {
    @Test("the names of a kind's methods are read from the binary, those of extensions and private ones too")
    func names() throws {
        let names = try MethodNames(of: Outer.self).identifiers.map(\.name)
        #expect(names == ["added()", "own(_:named:)", "reading()", "secret()"])
    }

    @Test("a distributed actor nested in a kind keeps its methods to itself")
    func nested() throws {
        #expect(try MethodNames(of: Outer.Inner.self).identifiers.map(\.name) == ["nested()"])
    }

    @Test("two methods that callers could not tell apart are refused, and the error names both")
    func twins() throws {
        let error = #expect(throws: HubError.self) { try MethodNames(of: Twins.self) }
        #expect(error?.code == .duplicateMethod)
        #expect(error?.message.contains("Swift.Int") == true)
        #expect(error?.message.contains("Swift.String") == true)
    }

    @Test("a generic type is no kind")
    func generic() throws {
        let error = #expect(throws: HubError.self) { try MethodNames(of: Shelf<Int>.self) }
        #expect(error?.code == .unsupportedKind)
    }

    @Test("a hub refuses kinds that it could not call, and stays unmade")
    func registration() throws {
        let node = testNode("a")
        func code(_ body: () throws -> Hub) -> HubError.Code? {
            do {
                _ = try body()
                return nil
            } catch {
                return (error as? HubError)?.code
            }
        }
        #expect(code { try Hub("h", on: node) { $0.processes = [Twins.self] } } == .duplicateMethod)
        #expect(code { try Hub("h", on: node) { $0.processes = [Shelf<Int>.self] } } == .unsupportedKind)
        #expect(code { try Hub("h", on: node) { $0.processes = [Loose.self] } } == .invalidConfiguration)
        #expect(code { try Hub("h\u{7}", on: node) { $0.processes = [Outer.self] } } == .invalidName)
        #expect(code { try Hub("h", on: node) { $0.processes = [Outer.self] } } == nil)
        #expect(code { try Hub("h", on: node) { $0.processes = [Outer.self] } } == .invalidConfiguration)
        #expect(code { try Hub("g", on: node) { $0.processes = [Elsewhere.Outer.self] } } == .duplicateKind)
    }

    @Test("a generic method is refused where it is called, the others of its kind work")
    func genericMethod() async throws {
        let node = testNode("a")
        let hub = try Hub("h", on: node) { $0.processes = [Broad.self] }
        try await running(node) {
            try await hub.place(Broad.self, id: "b", NoArguments())
            let broad = try hub.process("b", as: Broad.self)
            let error = await failure { try await broad.echo(1) }
            #expect(error?.code == .unsupportedMethod)
            #expect(error?.outcome == .notExecuted)
            #expect(try await broad.plain() == 1)
        }
    }
}

enum Elsewhere {
    distributed actor Outer: HubProcess {
        init(_: NoArguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }
    }
}
