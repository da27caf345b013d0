// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Foundation
internal import ProcessHub

/// Shows the nodes of this machine's clusters by what their status files say.
struct NodesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes",
        abstract: "Shows who is in the cluster, by the status files of this machine's nodes.",
        discussion: """
            Asks nobody: each node writes what it sees to a file, and this reads the files. Ends with 0 if the nodes of \
            each cluster that is shown see the same members, with 1 if they differ.
            """)

    @Option(help: "Directory of the status files. Default: phub in XDG_RUNTIME_DIR, or /tmp/phub-UID.") var status:
        String?
    @Flag(help: "Goes on and shows what changes.") var watch = false
    @Flag(help: "Prints JSON.") var json = false

    private var directory: StatusDirectory { status.map(StatusDirectory.init) ?? .standard }

    func run() async throws {
        var screen = Screen()
        guard watch else {
            let surveys = look()
            screen.say(try lines(surveys, screen.style).joined(separator: "\n"))
            if !surveys.allSatisfy(\.isAgreed) { throw ExitCode(1) }
            return
        }
        var shown: [String]?
        while true {
            let lines = try lines(look(), screen.style)
            if lines != shown {
                if screen.isTerminal, !json {
                    screen.replace(with: lines)
                } else {
                    screen.say(lines.joined(separator: "\n"))
                }
                shown = lines
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private func look() -> [Survey] { Survey.all(Survey.Voice.all(in: directory)) }

    private func lines(_ surveys: [Survey], _ style: TextStyle) throws -> [String] {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return [String(decoding: try encoder.encode(surveys), as: UTF8.self)]
        }
        guard !surveys.isEmpty else { return ["no node has a status file in \(directory.path)"] }
        return surveys.flatMap { NodesTable(survey: $0, style: style).lines }
    }
}

/// A survey as text, printable whatever names and zones hold.
struct NodesTable {
    let survey: Survey
    let style: TextStyle

    private static let header = [
        "node", "state", "incarnation", "address", "process", "zone", "hubs", "in the view of",
    ]

    var lines: [String] {
        let voices = Set(survey.rows.flatMap(\.seenBy)).count
        let table = aligned([Self.header] + survey.rows.map { cells($0, voices) })
        let rows = zip(table, [nil] + survey.rows.map(\.state)).map { line, state in
            switch state {
            case nil: style.bold(line)
            case "serving"?, "alive"?: line
            default: style.red(line)
            }
        }
        return [style.bold("cluster \(survey.cluster)".escaped)] + rows + verdict
    }

    private func cells(_ row: Survey.Row, _ voices: Int) -> [String] {
        let seen =
            row.seenBy.isEmpty ? "nobody" : row.seenBy.count == voices ? "all" : row.seenBy.joined(separator: ", ")
        return [
            row.name, row.state, row.incarnation, row.address ?? "-", row.process.map(String.init) ?? "-",
            row.zone ?? "-", row.hubs.isEmpty ? "-" : row.hubs.joined(separator: ", "), seen,
        ].map(\.escaped)
    }

    private var verdict: [String] {
        if survey.isAgreed, let view = survey.opinions.first {
            return [style.green("one view: \(view.members.joined(separator: ", "))".escaped)]
        }
        guard !survey.opinions.isEmpty || !survey.others.isEmpty else { return [style.red("no node of it runs here")] }
        let views = survey.opinions.map { opinion in
            "  \(opinion.nodes.joined(separator: ", ")): \(opinion.members.joined(separator: ", "))".escaped
        }
        return [style.red("no agreed view")] + views + survey.others.map { "  \($0)".escaped }
    }
}
