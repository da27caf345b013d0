// SPDX-License-Identifier: Apache-2.0

/// What membership sends when nothing happens.
package enum Traffic {
    package struct Row: Sendable {
        package var nodes: Int
        /// Machine messages that a node sends in a second.
        package var messages: Double
        package var bytes: Double
    }

    /// - Parameters:
    ///   - warmth: how long the cluster gets to find together.
    ///   - span: how long is measured.
    package static func measure(nodes: Int, warmth: Time = .seconds(40), span: Time = .seconds(20)) -> Row {
        var plan = Plan(seed: 1, nodes: nodes, duration: warmth + span)
        plan.climate.startSpread = .seconds(5)
        plan.climate.seeds = .three
        let world = World(plan)
        world.run(until: warmth)
        let (messages, bytes) = (world.messagesSent, world.bytesSent)
        world.run(until: warmth + span)
        let each = Double(nodes) * Double(span) / 1e9
        return Row(
            nodes: nodes, messages: Double(world.messagesSent - messages) / each,
            bytes: Double(world.bytesSent - bytes) / each)
    }
}
