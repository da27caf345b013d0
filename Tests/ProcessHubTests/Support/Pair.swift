// SPDX-License-Identifier: Apache-2.0

import ProcessHub

/// Two connected nodes, each with a hub of one id, and a way to tell both where a child is.
struct Pair: Sendable {
    let near: Hub
    let far: Hub

    /// Runs two nodes while `body` does.
    static func run(
        near: [any HubProcess.Type] = [Bench.self, Other.self, Crowd.self],
        far: [any HubProcess.Type] = [Bench.self, Other.self, Crowd.self],
        body: @Sendable @escaping (Pair) async throws -> Void
    ) async throws {
        let (a, b) = (testNode("near"), testNode("far"))
        let pair = Pair(
            near: try Hub("h", on: a) { $0.processes = near }, far: try Hub("h", on: b) { $0.processes = far })
        try await running(a, b) {
            try a.connect(to: await b.whenListening())
            try await body(pair)
        }
    }

    /// Places a process on the far node and tells the near one.
    @discardableResult
    func placeFar<P: HubProcess>(
        _ type: P.Type, id: ChildID, _ arguments: P.Arguments
    ) async throws -> Route {
        let route = try await far.place(type, id: id, arguments)
        near.learn(id, kind: P.kind, at: route)
        return route
    }

    @discardableResult
    func placeNear<P: HubProcess>(
        _ type: P.Type, id: ChildID, _ arguments: P.Arguments
    ) async throws -> Route {
        let route = try await near.place(type, id: id, arguments)
        far.learn(id, kind: P.kind, at: route)
        return route
    }
}
