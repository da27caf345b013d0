// SPDX-License-Identifier: Apache-2.0

internal import Floors
internal import Foundation
internal import Harness
internal import ProcessHub

@main
struct Main {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.first == "--role" { return try await play(Array(arguments.dropFirst())) }
        do {
            try await measure(Options(arguments))
        } catch let error as UsageError {
            print("not understood: \(error.argument)\n\(Options.usage)")
            exit(2)
        }
    }

    private static func measure(_ options: Options) async throws {
        let local = Node(name: "local", logger: .quiet)
        let hub = try Hub("bench", on: local) { $0.processes = [Adder.self] }
        let (plain, tls) = (try RemoteCases(certificates: nil), try RemoteCases(certificates: options.certificates))
        try await local.run {
            try await plain.node.run {
                try await tls.node.run {
                    let floors =
                        try FloorCases.actors() + (try await FloorCases.echoes(certificates: options.certificates))
                    let ours =
                        try await LocalCases.cases(hub) + plain.cases() + tls.cases() + CodecCases.cases
                        + ChildCases.cases(hub)
                    let bars = LocalCases.bars + RemoteCases.bars + CodecCases.bars + ChildCases.bars
                    let missed = try await Runner(floors + ours, bars: bars, options: options).run()
                    exit(missed.isEmpty ? 0 : 1)
                }
            }
        }
    }

    /// The other end of a connection: this program again, started by ``OtherProcess``.
    private static func play(_ role: [String]) async throws {
        let directory = role.last.flatMap { role.count > 1 && $0.contains("/") ? $0 : nil }
        switch role.first {
        case "echo":
            let flushing = role.dropFirst().first.flatMap(Flushing.init(rawValue:)) ?? .coalesced
            try await EchoServer.serve(flushing, certificates: directory)
        case "host": try await RemoteCases.host(certificates: directory)
        case "crowd": try await ChildCases.crowdedNode()
        default: throw UsageError(argument: role.joined(separator: " "))
        }
    }
}
