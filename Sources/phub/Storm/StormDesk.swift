// SPDX-License-Identifier: Apache-2.0

/// Hears what all nodes say, and keeps the book.
actor StormDesk {
    private(set) var book = StormBook()
    private(set) var answered = 0
    private var asked: [Int: (life: Int, ids: [String])] = [:]
    private var numbers = 0
    private var views: [Int: [String]] = [:]
    private var addresses: [Int: String] = [:]
    private var surveys: [Int: StormSurvey] = [:]
    private var complaints: [String] = []

    /// A request was made up for a node: it is written down before it is told.
    func start(_ count: Int, through life: Int) -> StormFact {
        let ids = book.newIDs(count)
        return .start(number: note(ids, life), ids: ids)
    }

    func stop(_ ids: [String], through life: Int) -> StormFact {
        book.stop(ids)
        return .stop(number: note(ids, life), ids: ids)
    }

    func survey() -> StormFact {
        surveys = [:]
        numbers += 1
        return .survey(number: numbers, ids: book.doubtful)
    }

    private func note(_ ids: [String], _ life: Int) -> Int {
        numbers += 1
        asked[numbers] = (life, ids)
        return numbers
    }

    func hear(_ line: String, from life: Int) {
        guard let news = try? JSONLine.value(line, as: StormNews.self) else { return }
        switch news {
        case .listening(let address): addresses[life] = address
        case .sees(let names): views[life] = names
        case .answered(let number, let answers):
            guard asked.removeValue(forKey: number) != nil else { return }
            answered += 1
            book.take(answers)
        case .surveyed(let number, let survey): if number == numbers { surveys[life] = survey }
        case .failed(let reason): complaints.append(reason)
        }
    }

    func willKill(_ count: Int) { book.kill(count) }

    /// The node's output ended: nobody will be told what it had not said.
    func ended(_ life: Int) {
        views[life] = nil
        surveys[life] = nil
        for (number, request) in asked where request.life == life {
            asked[number] = nil
            book.lose(request.ids)
        }
    }

    func address(of life: Int) -> String? { addresses[life] }
    func sees(_ names: [String], _ life: Int) -> Bool { views[life] == names }
    var isCalm: Bool { asked.isEmpty }
    var failure: String? { complaints.first }

    /// What is wrong by the surveys of these; `nil` while one is still to come.
    func faults(of lives: [Int: String]) -> [String]? {
        var named: [String: StormSurvey] = [:]
        for (life, name) in lives { named[name] = surveys[life] }
        return named.count == lives.count ? book.faults(in: named) : nil
    }

    func allAgree() { book.allAgree() }
}
