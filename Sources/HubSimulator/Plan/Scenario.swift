// SPDX-License-Identifier: Apache-2.0

internal import HubCore

/// A plan that people write and read; `Simulation/README.md` describes the language.
package enum Scenario {
    /// A line that is none of the language.
    package struct Fault: Error, Hashable, CustomStringConvertible {
        package var line: Int
        package var text: String
        package var reason: String

        package var description: String { "line \(line): \(reason): \(text)" }
    }

    package static func plan(of text: String) throws(Fault) -> Plan {
        var reader = ScenarioReader()
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let code = line.prefix { $0 != "#" }
            do throws(ScenarioReader.Reason) {
                try reader.read(code.split(whereSeparator: { $0 == " " || $0 == "\t" }))
            } catch {
                throw Fault(line: index + 1, text: String(line), reason: error.text)
            }
        }
        return reader.finished
    }
}

/// Reads a scenario line by line.
struct ScenarioReader {
    struct Reason: Error { var text: String }
    typealias Words = [Substring]

    /// The most seconds that a scenario takes: a day.
    private static let longest: UInt64 = 86_400
    /// The most troubles and expectations; each twin is one more seat.
    private static let mostLines = 10_000
    private static let mostTwins = 64

    private var seed: UInt64 = 1
    private var nodes = 3
    private var duration: Time = .seconds(30)
    private var profile: Profile?
    private var isDrawn = false
    private var startSpread: Time?
    private var faults: [Planned] = []
    private var expectations: [Expectation] = []
    private var absent: [Int] = []
    private var requests: [Request] = []
    private var hubs: Int?
    private var isAuthoritySlow = false
    private var tombstoneLife: Time?

    var finished: Plan {
        var plan = Plan(seed: seed, nodes: nodes, duration: duration, profile: profile)
        if isDrawn { plan.climate = ClimateMaker.climate(seed: seed, nodes: nodes, profile: profile) }
        if let startSpread { plan.climate.startSpread = startSpread }
        plan.faults = faults.sorted { $0.time < $1.time }
        plan.expectations = expectations.sorted { $0.time < $1.time }
        plan.absent = absent.sorted()
        plan.requests = requests.sorted { $0.time < $1.time }
        finish(&plan.climate.hubs)
        return plan
    }

    private func finish(_ climate: inout HubClimate) {
        if let hubs { climate.hubs = hubs }
        if !requests.isEmpty { climate.hubs = max(1, climate.hubs) }
        if isAuthoritySlow { (climate.isAuthoritySlow, climate.settings.authority) = (true, .asked) }
        guard let tombstoneLife else { return }
        climate.settings.registry.tombstoneLife = .nanoseconds(tombstoneLife)
        climate.settings.registry.antiEntropy = .seconds(1)
    }

    mutating func read(_ words: Words) throws(Reason) {
        guard let first = words.first else { return }
        switch (first, words.count) {
        case ("seed", 2): seed = try number(words[1])
        case ("nodes", 2): nodes = Int(try number(words[1], in: 1...UInt64(Seats.most)))
        case ("seconds", 2): duration = .seconds(Int64(try number(words[1], in: 1...Self.longest)))
        case ("climate", 2): try readClimate(words[1])
        case ("spread", 2): startSpread = try span(words[1])
        case ("absent", 2): absent = try seats(words[1])
        case ("hubs", 2): hubs = Int(try number(words[1], in: 0...2))
        case ("authority", 2) where words[1] == "slow": isAuthoritySlow = true
        case ("tombstones", 2): tombstoneLife = try span(words[1])
        case ("at", 3...): try readAt(words)
        default: throw Reason(text: "not a line of a scenario")
        }
    }

    /// The climate that the seed draws: with a profile, or with its own mixture.
    private mutating func readClimate(_ word: Substring) throws(Reason) {
        isDrawn = true
        if word == "drawn" { return }
        guard let profile = Profile(rawValue: String(word)) else { throw Reason(text: "no such climate") }
        self.profile = profile
    }

    private mutating func readAt(_ words: Words) throws(Reason) {
        guard words[1].hasSuffix(":") else { throw Reason(text: "a colon is missing after the time") }
        let time = try span(words[1].dropLast())
        guard time <= .seconds(Int64(Self.longest)) else { throw Reason(text: "that is more than a day") }
        let rest = Array(words.dropFirst(2))
        if rest[0] == "expect" {
            let condition = try condition(Array(rest.dropFirst()))
            let text = words.joined(separator: " ")
            expectations.append(Expectation(time, condition, text: text))
        } else if let asks = Self.asks(rest[0]) {
            requests.append(try request(rest, asks, at: time))
        } else {
            for fault in try faults(rest) { faults.append(Planned(time, fault)) }
            try checkTwins()
        }
        guard faults.count + expectations.count + requests.count <= Self.mostLines else {
            throw Reason(text: "too much for one scenario")
        }
    }

    private func checkTwins() throws(Reason) {
        let twins = faults.count { if case .twin = $0.fault { true } else { false } }
        guard twins <= Self.mostTwins else { throw Reason(text: "more than \(Self.mostTwins) twins") }
    }
}

// MARK: - Faults

extension ScenarioReader {
    private func faults(_ words: Words) throws(Reason) -> [HubSimulator.Fault] {
        guard words.count > 1 else { throw Reason(text: "to whom?") }
        let (span, body) = try splitSpan(words)
        if words[0] == "cut", let bar = body[1].firstIndex(of: "|") {
            return [.split(try seats(body[1][..<bar]), for: span)]
        }
        if words[0] == "cut" || ["reject", "break", "heal"].contains(words[0]) { return [try pairFault(body, span)] }
        if ["lose", "double", "delay"].contains(words[0]) { return [try weatherFault(body, span)] }
        if words[0] == "jump", body.count == 3 {
            return [.jump(try seat(body[1]), byMilliseconds: try signedSpan(body[2]) / 1_000_000)]
        }
        if body.count == 3 { return [try towards(body)] }
        guard body.count == 2 else { throw Reason(text: "too many words") }
        var faults: [HubSimulator.Fault] = []
        for seat in try seats(body[1]) { faults.append(try nodeFault(words[0], seat, span)) }
        return faults
    }

    /// The words without `for 3s`, and the span that it names.
    private func splitSpan(_ words: Words) throws(Reason) -> (Time?, Words) {
        guard words.count > 3, words[words.count - 2] == "for" else { return (nil, words) }
        return (try span(words[words.count - 1]), Array(words.dropLast(2)))
    }

    private func nodeFault(_ verb: Substring, _ seat: Int, _ span: Time?) throws(Reason) -> HubSimulator.Fault {
        switch verb {
        case "crash": .crash(seat, backAfter: span)
        case "vanish": .vanish(seat, backAfter: span)
        case "pause": .pause(seat, for: span)
        case "slow": .slow(seat, for: span)
        case "leave": .leave(seat, backAfter: span)
        case "drain": .drain(seat)
        case "start": .start(seat)
        case "twin": .twin(of: seat)
        case "resume": .resume(seat)
        default: throw Reason(text: "no such fault")
        }
    }

    private func pairFault(_ body: Words, _ span: Time?) throws(Reason) -> HubSimulator.Fault {
        guard body.count == 2 else { throw Reason(text: "too many words") }
        if body[0] == "heal", body[1] == "all" { return .healAll }
        guard let mark = body[1].firstIndex(where: { $0 == "-" || $0 == ">" }) else {
            throw Reason(text: "two nodes are joined by - or >")
        }
        let one = try seat(body[1][..<mark])
        let other = try seat(body[1][body[1].index(after: mark)...])
        let isBoth = body[1][mark] == "-"
        switch body[0] {
        case "cut": return .cut(one, other, both: isBoth, for: span)
        case "heal": return .heal(one, other)
        case "reject": return .reject(one, other, for: span)
        default: return .sever(one, other)
        }
    }

    private func weatherFault(_ body: Words, _ span: Time?) throws(Reason) -> HubSimulator.Fault {
        guard body.count == 2, let span else { throw Reason(text: "how much, and for how long?") }
        if body[0] == "delay" { return .delay(by: try self.span(body[1]), for: span) }
        guard body[1].hasSuffix("%"), let percent = Double(body[1].dropLast()), percent >= 0, percent <= 100 else {
            throw Reason(text: "not a percentage")
        }
        let perMillion = UInt64((percent * 10_000).rounded())
        return body[0] == "lose" ? .lose(perMillion: perMillion, for: span) : .double(perMillion: perMillion, for: span)
    }

    private func towards(_ body: Words) throws(Reason) -> HubSimulator.Fault {
        let seat = try seat(body[1])
        switch body[0] {
        case "find": return .find(seat, address: try self.seat(body[2]))
        case "starthub": return .startHub(seat, Int(try number(body[2], in: 0...999)))
        case "stophub": return .stopHub(seat, Int(try number(body[2], in: 0...999)))
        default: throw Reason(text: "no such fault")
        }
    }
}

// MARK: - Expectations and words

extension ScenarioReader {
    private func condition(_ words: Words) throws(Reason) -> Expectation.Condition {
        switch (words.first, words.count) {
        case ("agreed", 2): return .agreed(try seats(words[1]))
        case (let names?, 2) where words[1] == "runs": return .runs(try children(names), on: nil)
        case (let names?, 4) where words[1] == "runs" && words[2] == "on":
            return .runs(try children(names), on: try seat(words[3]))
        case (let names?, 3) where words[1] == "is" && words[2] == "gone": return .gone(try children(names))
        case (let node?, 3) where words[1] == "hosts" && ["something", "nothing"].contains(words[2]):
            return .hosts(try seat(node), words[2] == "something")
        case ("nobody", 2) where words[1] == "died": return .nobodyDied
        case ("exited", 2): return .exited(try seat(words[1]))
        case ("view", 3): return .view(try seat(words[1]), try seats(words[2]))
        case (let subject?, 3) where words[1] == "is":
            guard let word = Expectation.StandingWord(rawValue: String(words[2])) else { break }
            return .stands(try seat(subject), word)
        case (let subject?, 4) where words[1] == "sees":
            guard let word = Expectation.RosterWord(rawValue: String(words[3])) else { break }
            return .sees(try seat(subject), try seat(words[2]), word)
        default: break
        }
        throw Reason(text: "no such expectation")
    }

    private static func asks(_ verb: Substring) -> Request.Asks? {
        switch verb {
        case "launch": .launch(as: Behaviour.ok.rawValue)
        case "end": .end
        case "retag": .retag
        default: nil
        }
    }

    /// `launch x,y*30 on a as slow within 5s`, `end x on b`, `retag x on a`.
    private func request(_ words: Words, _ asks: Request.Asks, at time: Time) throws(Reason) -> Request {
        guard words.count >= 4, words[2] == "on" else { throw Reason(text: "which children, on which node?") }
        let isStart = words[0] == "launch"
        var request = Request(time, on: try seat(words[3]), try children(words[1]), asks)
        var rest = words.dropFirst(4)
        while let word = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Reason(text: "\(word) what?") }
            switch word {
            case "as" where isStart && Behaviour(rawValue: String(value)) != nil:
                request.asks = .launch(as: String(value))
            case "within": request.deadline = try span(value)
            default: throw Reason(text: "\(word) \(value) is nothing to ask for")
            }
        }
        return request
    }

    /// `x`, or `x*30` for `x1` to `x30`.
    private func children(_ word: Substring) throws(Reason) -> [String] {
        var children: [String] = []
        for name in word.split(separator: ",") {
            let parts = name.split(separator: "*")
            guard parts.count == 2 else {
                children.append(String(name))
                continue
            }
            for number in 1...(try number(parts[1], in: 1...10_000)) { children.append("\(parts[0])\(number)") }
        }
        return children
    }

    private func number(_ word: Substring) throws(Reason) -> UInt64 {
        guard let number = UInt64(word) else { throw Reason(text: "\(word) is not a number") }
        return number
    }

    private func number(_ word: Substring, in range: ClosedRange<UInt64>) throws(Reason) -> UInt64 {
        let number = try number(word)
        guard range.contains(number) else {
            throw Reason(text: "\(word) is not \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func seat(_ word: Substring) throws(Reason) -> Int {
        guard let seat = Seats.seat(word) else { throw Reason(text: "\(word) is not a node") }
        return seat
    }

    private func seats(_ word: Substring) throws(Reason) -> [Int] {
        var seats: [Int] = []
        for name in word.split(separator: ",") { seats.append(try seat(name)) }
        return seats
    }

    private func span(_ word: Substring) throws(Reason) -> Time {
        let time = try signedSpan(word)
        guard time >= 0 else { throw Reason(text: "\(word) is negative") }
        return time
    }

    /// `2s`, `1.5s`, `250ms` or `17ns`.
    private func signedSpan(_ word: Substring) throws(Reason) -> Time {
        let units: [(String, Double)] = [("ns", 1), ("ms", 1e6), ("s", 1e9)]
        for (unit, nanoseconds) in units where word.hasSuffix(unit) {
            guard let count = Double(word.dropLast(unit.count)), abs(count * nanoseconds) < 1e15 else { break }
            return Time((count * nanoseconds).rounded())
        }
        throw Reason(text: "\(word) is not a time")
    }
}
