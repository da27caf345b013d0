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
        let full = try Hub("full", on: local) { $0.processes = [Adder.self] }
        try await local.run {
            let floors = try FloorCases.actors() + (try await FloorCases.echoes(certificates: options.certificates))
            var ours = try await LocalCases.cases(hub) + CodecCases.cases
            if options.wants("skeleton start lookup list tag") { ours += try await ChildCases.cases(hub, full: full) }
            ours += ClusterCases.cases()
            if options.wants("wire") { ours += try BulkCases().cases() }
            if options.wants("probe 512 KiB") { ours += try ProbeCases().cases() }
            if options.only?.contains("on three nodes") == true { ours += ClusterCases.large }
            let bars =
                LocalCases.bars + RemoteCases.bars + BulkCases.bars + ProbeCases.bars + CodecCases.bars
                + ChildCases.bars + ClusterCases.bars
            guard options.wants("remote") else { return try await conclude(floors + ours, bars, options) }
            let (plain, tls) = (
                try RemoteCases(certificates: nil), try RemoteCases(certificates: options.certificates)
            )
            let others = ours
            try await plain.node.run {
                try await tls.node.run {
                    let remote = try await plain.cases() + tls.cases()
                    try await conclude(floors + others + remote, bars, options)
                }
            }
        }
    }

    private static func conclude(_ cases: [Case], _ bars: [Bar], _ options: Options) async throws {
        let missed = try await Runner(cases, bars: bars, options: options).run()
        exit(missed.isEmpty ? 0 : 1)
    }

    /// The other end of a connection: this program again, started by ``OtherProcess``.
    private static func play(_ role: [String]) async throws {
        let directory = role.last.flatMap { role.count > 1 && $0.contains("/") ? $0 : nil }
        switch role.first {
        case "echo":
            let flushing = role.dropFirst().first.flatMap(Flushing.init(rawValue:)) ?? .coalesced
            try await EchoServer.serve(flushing, certificates: directory)
        case "host": try await RemoteCases.host(certificates: directory)
        case "bulk": try await BulkCases.serve()
        case "member": try await Member.run(Array(role.dropFirst()))
        default: throw UsageError(argument: role.joined(separator: " "))
        }
    }
}
