// SPDX-License-Identifier: Apache-2.0

import Distributed
import Foundation
import ProcessHub
import Testing

/// The Swift code of the documentation comments, by file; the marked lines are compared with it, but for spaces.
enum Documented {
    // Doc: HubProcess.swift
    distributed actor Counter: HubProcess {
        struct Arguments: Codable, Sendable { var start = 0 }
        private var count: Int

        init(_ arguments: Arguments, actorSystem: HubActorSystem) {
            self.actorSystem = actorSystem
            count = arguments.start
        }

        distributed func increment(by n: Int) -> Int { count += n; return count }
    }
    // Doc: end

    distributed actor Cart: HubProcess {
        init(_: NoArguments, actorSystem: HubActorSystem) { self.actorSystem = actorSystem }
        distributed var total: Int { 0 }
    }

    // Doc: DistributionStrategy.swift
    struct ByName: DistributionStrategy {
        func owners(of children: [ChildID], copies: Int, in view: PlacementView) -> [[NodeName]] {
            let names = view.members.map(\.name).sorted()
            return children.map { _ in Array(names.prefix(copies)) }
        }
    }
    // Doc: end

    static func node() async throws {
        // Doc: Node.swift
        let node = Node(name: "a", listen: .loopback(7946), discovery: .seeds(["127.0.0.1:7947"]))
        let hub = try Hub("carts", on: node) { $0.processes = [Cart.self] }
        try await node.run {
            let cart = try hub.process("cart-17", as: Cart.self)
            print(try await cart.total)
        }
        // Doc: end
    }

    static func hub(on node: Node) throws -> Hub {
        // Doc: Hub.swift
        let hub = try Hub("carts", on: node) { $0.processes = [Cart.self] }
        // Doc: end
        return hub
    }

    static func start(in hub: Hub) async throws -> Counter {
        // Doc: Hub+Operations.swift
        let counter = try await hub.start(Counter.self, id: "c-1", .init(start: 5), tags: ["billing"])
        // Doc: end
        return counter
    }

    static func many(_ children: [Child], in hub: Hub) async throws -> [ChildID] {
        // Doc: Operation.swift
        let many = hub.start(children)
        let ids = try await many.result.ids
        // Doc: end
        return ids
    }

    static func cast(to counter: Counter) async throws {
        // Doc: Calling.swift
        try await counter.cast { try await $0.increment(by: 1) }
        // Doc: end
    }
}

@Suite("Documentation")
struct DocumentationTests {
    @Test("the Swift code of the documentation comments is code that the tests compile")
    func comments() throws {
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        var count = 0
        for file in Repository.swiftFiles(in: ["Sources/ProcessHub", "Sources/HubCore"]) {
            let code = Self.blocks(of: file.lines)
            guard !code.isEmpty else { continue }
            count += 1
            let name = file.path.split(separator: "/").last ?? ""
            let compiled = source.components(separatedBy: "// Doc: \(name)\n").dropFirst()
                .compactMap { $0.components(separatedBy: "// Doc: end").first }
            #expect(compiled.joined().filter { !$0.isWhitespace } == code.filter { !$0.isWhitespace }, "\(file.path)")
        }
        #expect(count == 7)
    }

    /// What stands between the fences of its documentation comments.
    private static func blocks(of lines: [String]) -> String {
        var isInside = false
        var code = ""
        for line in lines.map({ $0.trimmingCharacters(in: .whitespaces) }) where line.hasPrefix("///") {
            if line.hasPrefix("/// ```") {
                isInside = line == "/// ```swift"
            } else if isInside {
                code += line.dropFirst(3) + "\n"
            }
        }
        return code
    }
}
