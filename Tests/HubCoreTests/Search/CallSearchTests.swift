// SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import TestSupport
internal import Testing

/// The shipped gate and the shipped caller, in every order of events that a scope allows.
///
/// `PHUB_SEARCH_STATES` sets how many states the searches visit together.
@Suite("Search of gates and calls", .serialized, .computing)
struct CallSearchTests {
    static let states = ProcessInfo.processInfo.environment["PHUB_SEARCH_STATES"].flatMap(Int.init) ?? 100_000

    @Test("no order of events breaks a promise (S6, S7), and every call ends in a quiet run")
    func holds() async {
        let scopes = Self.states > 100_000 ? Scope.all + Scope.wide : Scope.all
        let share = Self.states / scopes.count
        var spare = 0
        var lines: [String] = []
        for (name, scope) in scopes {
            let search = await Search(from: World(scope), limit: share + spare)
            spare += share - search.states
            lines.append(
                "\(name): \(search.states) states, \(search.depth) deep\(search.isComplete ? ", complete" : "")")
            if let counterexample = search.counterexample { Issue.record("\(name): \(counterexample)") }
        }
        print(lines.joined(separator: "\n"))
    }

    @Test("each planted bug is found", arguments: PlantedBug.allCases)
    func finds(bug: PlantedBug) async {
        for (name, scope) in Scope.all {
            let search = await Search(from: World(scope, bug: bug), limit: 40_000)
            guard let counterexample = search.counterexample else { continue }
            print("\(bug.rawValue): found in \"\(name)\" after \(search.states) states: \(counterexample.violation)")
            return
        }
        Issue.record("not found")
    }
}
