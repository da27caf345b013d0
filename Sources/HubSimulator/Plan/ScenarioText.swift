// SPDX-License-Identifier: Apache-2.0

internal import HubCore

extension Plan {
    /// The plan as a scenario: what a shrinker leaves behind. Its climate is drawn again from the seed.
    package var scenario: String {
        var lines = ["seed \(seed)", "nodes \(nodes)", "climate \(profile?.rawValue ?? "drawn")"]
        lines.append("seconds \(duration / .seconds(1))")
        if !absent.isEmpty { lines.append("absent \(absent.map(Self.name).joined(separator: ","))") }
        lines += faults.map { "at \(Self.span($0.time)): \($0.fault.words)" }
        lines += requests.map { "at \(Self.span($0.time)): \($0.words)" }
        lines += expectations.map(\.text)
        return lines.joined(separator: "\n") + "\n"
    }

    static func name(_ seat: Int) -> String { Seats.name(seat).rawValue }

    static func span(_ time: Time) -> String {
        if time % .seconds(1) == 0 { return "\(time / .seconds(1))s" }
        if time % .milliseconds(1) == 0 { return "\(time / .milliseconds(1))ms" }
        return "\(time)ns"
    }
}

extension Fault {
    /// The fault as a scenario says it.
    package var words: String {
        switch self {
        case .crash(let seat, let span): "crash \(Plan.name(seat))" + Self.suffix(span)
        case .vanish(let seat, let span): "vanish \(Plan.name(seat))" + Self.suffix(span)
        case .pause(let seat, let span): "pause \(Plan.name(seat))" + Self.suffix(span)
        case .slow(let seat, let span): "slow \(Plan.name(seat))" + Self.suffix(span)
        case .leave(let seat, let span): "leave \(Plan.name(seat))" + Self.suffix(span)
        case .cut(let one, let other, let both, let span):
            "cut \(Plan.name(one))\(both ? "-" : ">")\(Plan.name(other))" + Self.suffix(span)
        case .split(let side, let span): "cut \(side.map(Plan.name).joined(separator: ","))|" + Self.suffix(span)
        case .reject(let one, let other, let span):
            "reject \(Plan.name(one))-\(Plan.name(other))" + Self.suffix(span)
        case .sever(let one, let other): "break \(Plan.name(one))-\(Plan.name(other))"
        case .heal(let one, let other): "heal \(Plan.name(one))-\(Plan.name(other))"
        case .healAll: "heal all"
        case .resume(let seat): "resume \(Plan.name(seat))"
        case .lose(let perMillion, let span): "lose \(Double(perMillion) / 10_000)%" + Self.suffix(span)
        case .double(let perMillion, let span): "double \(Double(perMillion) / 10_000)%" + Self.suffix(span)
        case .delay(let time, let span): "delay \(Plan.span(time))" + Self.suffix(span)
        case .jump(let seat, let milliseconds): "jump \(Plan.name(seat)) \(milliseconds)ms"
        case .drain(let seat): "drain \(Plan.name(seat))"
        case .start(let seat): "start \(Plan.name(seat))"
        case .twin(let seat): "twin \(Plan.name(seat))"
        case .find(let seat, let other): "find \(Plan.name(seat)) \(Plan.name(other))"
        case .startHub(let seat, let hub): "starthub \(Plan.name(seat)) \(hub)"
        case .stopHub(let seat, let hub): "stophub \(Plan.name(seat)) \(hub)"
        }
    }

    private static func suffix(_ span: Time?) -> String { span.map { " for \(Plan.span($0))" } ?? "" }
}
