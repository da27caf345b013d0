// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

@main
struct Phub: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "phub", abstract: "ProcessHub on the command line.",
        subcommands: [
            NodeCommand.self, NodesCommand.self, IdleCommand.self, DemoCommand.self, DemoNodeCommand.self,
            StormCommand.self, StormNodeCommand.self,
        ])
}
