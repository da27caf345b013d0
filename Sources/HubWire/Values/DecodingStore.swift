// SPDX-License-Identifier: Apache-2.0

/// One value being decoded: its tape, shared by all containers that types hold.
///
/// The tape points into the input. When the call ends it is emptied, and whoever still holds a container finds nothing.
final class DecodingStore {
    let leaves: [LeafTable.Leaf]
    private let limits: ValueLimits
    private let sharedInfo: UserInfo
    private(set) lazy var userInfo: [CodingUserInfoKey: Any] = sharedInfo().mapValues { $0 }
    // Unchecked for speed: every access is one load or store, and no code of a type runs within one.
    @exclusivity(unchecked) private(set) var tape: Tape
    @exclusivity(unchecked) private var scopes = 0

    init(
        _ tape: consuming Tape, leaves: LeafTable, userInfo: @escaping UserInfo, limits: ValueLimits
    ) {
        self.tape = tape
        self.leaves = leaves.leaves
        self.sharedInfo = userInfo
        self.limits = limits
    }

    func close() { tape.items.count = 0 }

    // MARK: Values

    /// Lets the type read itself.
    func readScope<T: Decodable>(_ type: T.Type, at index: Int) throws -> T {
        // A type may ask for itself in its own place for ever; the stack is finite.
        guard scopes < limits.depth &* 4 &+ 4 else { throw refusal(.tooDeep, at: index) }
        scopes &+= 1
        defer { scopes &-= 1 }
        return try T(from: ValueReader(store: self, index: index))
    }

    // MARK: Places

    @inline(__always)
    func checked(_ index: Int) throws -> Int {
        guard index < tape.items.count else { throw refusal(.containerClosed, at: index) }
        return index
    }

    func item(_ index: Int) -> Tape.Item { tape.items.base[index] }

    /// The item under all tags but those that make a byte string an integer.
    @inline(__always)
    func content(_ index: Int) -> Int {
        var index = index
        while tape.items.base[index].kind == .tag, !tape.items.base[index].isBignum { index &+= 1 }
        return index
    }

    func isNull(_ index: Int) -> Bool {
        index < tape.items.count && tape.items.base[content(index)].isNull
    }

    func after(_ index: Int) -> UInt32 { index < tape.items.count ? tape.items.base[index].next : 0 }

    func elementCount(_ array: Int) -> Int { array < tape.items.count ? tape.items.base[array].count : 0 }

    @inline(__always)
    func find(_ name: String, in map: Int, consume: Bool) -> Int? {
        guard map < tape.items.count else { return nil }
        var name = name
        return name.withUTF8 { tape.find($0, in: map, consume: consume) }
    }

    func container(_ kind: Tape.Item.Kind, at index: Int) throws -> Int {
        let place = content(index)
        if tape.items.base[place].kind == kind { return place }
        throw mismatch(kind == .map ? [String: Any].self : [Any].self, at: place)
    }

    /// The key of a map that has one, if it is text.
    func onlyName(in map: Int) -> String? {
        guard map < tape.items.count, item(map).count == 1, item(map &+ 1).isText else { return nil }
        return tape.string(item(map &+ 1))
    }

    func forEachName(in map: Int, _ body: (String) -> Void) {
        guard map < tape.items.count else { return }
        let end = Int(tape.items.base[map].next)
        var key = map &+ 1
        // The body makes a user's key, and a key that holds the decoder could outlive it.
        while key < end, key < tape.items.count {
            let item = tape.items.base[key]
            if item.isText { body(tape.string(item)) }
            key = Int(tape.items.base[Int(item.next)].next)
        }
    }
}
