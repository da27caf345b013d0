// SPDX-License-Identifier: Apache-2.0

internal import HubSimulator

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What a campaign says at its end.
struct CampaignReport {
    private let campaign: Campaign
    private let seconds: Double

    private let failures: Int

    init(_ campaign: Campaign, failures: Int, in span: Duration) {
        self.failures = failures
        self.campaign = campaign
        seconds = Double(span.components.seconds) + Double(span.components.attoseconds) / 1e18
    }

    func print(rarest: Int) {
        let rate = UInt64(Double(campaign.coreEvents) / max(seconds, 1e-9))
        let speed = UInt64(Double(campaign.simulated) / 1e9 / max(seconds, 1e-9))
        Swift.print(
            "\(campaign.seeds) seeds, \(failures == 0 ? "all clean" : "\(failures) not clean"): \(campaign.coreEvents) events, \(rate) events/s, \(campaign.calls) calls, \(campaign.operations) operations,",
            "\(campaign.simulated / .seconds(1)) simulated seconds, \(speed) times as fast as time")
        let missing = campaign.marks.missing
        Swift.print("\(Mark.allCases.count - missing.count) of \(Mark.allCases.count) marks reached")
        if !missing.isEmpty { Swift.print("never: " + missing.map(\.description).joined(separator: ", ")) }
        for (mark, seeds) in campaign.reach.rarest(rarest) { Swift.print("| \(mark) | \(seeds) |") }
    }
}

/// What membership costs when nothing happens.
enum TrafficReport {
    static func print() {
        Swift.print("| nodes | messages per node and second | bytes per node and second |\n|---|---|---|")
        for nodes in [50, 200, 1_000] {
            let row = Traffic.measure(nodes: nodes)
            Swift.print("| \(nodes) | \(Text.tenths(row.messages)) | \(Text.tenths(row.bytes)) |")
        }
    }
}

enum Text {
    static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func tenths(_ number: Double) -> String {
        let scaled = Int((number * 10).rounded())
        return "\(scaled / 10).\(scaled % 10)"
    }
}

/// A file that a user names.
enum SourceFile {
    struct Unreadable: Error, CustomStringConvertible {
        var path: String
        var description: String { "cannot read \(path)" }
    }

    static func text(at path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = fread(&block, 1, block.count, file)
            if count == 0 { break }
            bytes += block[..<count]
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Unreadable(path: path) }
        return text
    }
}
