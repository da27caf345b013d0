// SPDX-License-Identifier: Apache-2.0

internal import TestSupport
internal import Testing

@testable import HubCore

/// Children that a living member let go of, as the one sees it that is to take them over.
@Suite("Vacancies", .computing)
struct VacancyTests {
    /// Two that know each other's children: the first has copies of them all.
    private func pair(_ children: [ChildID], settings: RegistrySettings = RegistrySettings()) -> RegistryWorld {
        var world = RegistryWorld(2, settings: settings)
        world.meet()
        world.run(for: .seconds(2))
        for child in children { world.start(child, on: 0) }
        world.run(for: .seconds(2))
        return world
    }

    private func letGo(_ child: ChildID, in world: inout RegistryWorld) {
        world.act(0) { registry, _, _ in
            if let slot = registry.slot(of: child) { registry.removeCopy(of: slot) }
        }
    }

    private func waits(_ child: ChildID, in world: inout RegistryWorld) -> Bool {
        guard let slot = world.slot(child, on: 1) else { return false }
        return world.nodes[1].asksLastHost(of: slot)
    }

    private func questions(_ world: RegistryWorld) -> Int {
        world.sent.count { if case .compare = $0.body { true } else { false } }
    }

    @Test("the last host is asked once, after a moment, and its word is awaited (S9)")
    func asked() {
        var world = pair(["a"])
        let before = questions(world)
        letGo("a", in: &world)
        world.run(for: .milliseconds(10))
        #expect(waits("a", in: &world))
        world.run(for: .milliseconds(30))
        #expect(questions(world) == before, "mostly the word comes by itself")
        world.run(for: .milliseconds(100))
        #expect(questions(world) == before + 1)
        #expect(!waits("a", in: &world))
        world.run(for: .seconds(2))
        #expect(questions(world) == before + 1)
    }

    @Test("nobody is asked about what runs elsewhere, was stopped, or is waited for by nobody")
    func notAsked() {
        var world = pair(["a", "b", "c"])
        let before = questions(world)
        world.act(1) { registry, now, _ in
            guard let slot = registry.slot(of: "a") else { return }
            registry.set(HubCore.Copy(epoch: registry.mintEpoch(at: now), status: .active), of: slot)
        }
        letGo("a", in: &world)
        world.stop("b", on: 0)
        letGo("c", in: &world)
        world.run(for: .seconds(1))
        #expect(!waits("a", in: &world) && !waits("b", in: &world))
        #expect(questions(world) == before)
    }

    @Test("a host that says nothing is not awaited for ever, and one that left the view not at all")
    func silent() {
        var world = pair(["a", "b"])
        letGo("a", in: &world)
        world.run(for: .milliseconds(10))
        world.cuts = [[0, 1]]
        #expect(waits("a", in: &world))
        world.run(for: Limits.vacancyTime - .milliseconds(100))
        #expect(waits("a", in: &world))
        world.run(for: .milliseconds(200))
        #expect(!waits("a", in: &world))
        world.cuts = []
        letGo("b", in: &world)
        world.run(for: .milliseconds(10))
        #expect(waits("b", in: &world))
        let view = world.view([1], of: 1, version: 2)
        world.act(1) { $0.viewChanged(view, at: $1, into: &$2) }
        #expect(!waits("b", in: &world))
    }

    @Test("so many vacancies are kept, and no more (S16)")
    func bounded() {
        let children = (0..<(Limits.vacancies + 100)).map { ChildID("c\($0)") }
        var world = pair(children)
        for child in children { letGo(child, in: &world) }
        world.run(for: .milliseconds(40))
        #expect(world.nodes[1].vacancies.count <= Limits.vacancies)
        world.run(for: Limits.vacancyTime + .seconds(1))
        #expect(world.nodes[1].vacancies.isEmpty)
    }
}
