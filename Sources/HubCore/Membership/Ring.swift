// SPDX-License-Identifier: Apache-2.0

/// The other members in an order that is the same on every node, closed to a ring: each node watches those before it, so
/// that each member is probed by the same few others in every interval.
struct Ring: Hashable {
    private struct Place: Hashable, Comparable {
        var hash: UInt64
        var name: NodeName

        init(_ name: NodeName) {
            hash = XXHash64.hash(name.rawValue)
            self.name = name
        }

        static func < (left: Self, right: Self) -> Bool {
            left.hash == right.hash ? left.name < right.name : left.hash < right.hash
        }
    }

    private var places: [Place] = []
    private let own: Place

    init(of name: NodeName) { own = Place(name) }

    var count: Int { places.count }
    subscript(index: Int) -> NodeName { places[index].name }

    /// O(n), for members come and go seldom.
    mutating func insert(_ name: NodeName) {
        let place = Place(name)
        let index = firstIndex(notBefore: place)
        if index < places.count, places[index].name == name { return }
        places.insert(place, at: index)
    }

    mutating func remove(_ name: NodeName) {
        let index = firstIndex(notBefore: Place(name))
        if index < places.count, places[index].name == name { places.remove(at: index) }
    }

    /// The member `steps` places before this node, from 1.
    func predecessor(_ steps: Int) -> NodeName {
        let index = firstIndex(notBefore: own) - steps % places.count
        return places[(index + places.count) % places.count].name
    }

    private func firstIndex(notBefore place: Place) -> Int {
        var low = 0
        var high = places.count
        while low < high {
            let middle = (low + high) / 2
            if places[middle] < place { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
