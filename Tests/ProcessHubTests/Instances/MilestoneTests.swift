// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import ProcessHub

@Suite("Milestone", .live)
struct MilestoneTests {
    @Test("a wait that ends in vain leaves nothing behind")
    func inVain() async {
        let milestone = Milestone()
        #expect(await !milestone.wait(atMost: .milliseconds(1)))
        #expect(milestone.waiterCount == 0)
        #expect(!milestone.isReached)
    }

    @Test("who waits hears of it at once, and who comes later does not wait")
    func reached() async throws {
        let milestone = Milestone()
        async let bounded = milestone.wait(atMost: .seconds(600))
        async let unbounded: Void = milestone.wait()
        try await eventually { milestone.waiterCount == 2 }
        milestone.reach()
        #expect(await bounded)
        await unbounded
        #expect(await milestone.wait(atMost: .zero))
        #expect(milestone.waiterCount == 0 && milestone.isReached)
    }
}
