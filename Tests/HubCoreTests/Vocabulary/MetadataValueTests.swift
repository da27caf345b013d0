// SPDX-License-Identifier: Apache-2.0

import HubCore
import Testing

@Suite("MetadataValue")
struct MetadataValueTests {
    @Test("what is no number equals itself, wherever it stands, and nothing else")
    func notANumber() {
        let (plain, other) = (MetadataValue.double(.nan), MetadataValue.double(-Double(nan: 3, signaling: false)))
        #expect(plain == other && plain.hashValue == other.hashValue)
        let (list, map): (MetadataValue, MetadataValue) = ([1, plain], ["a": ["b": plain]])
        #expect(list == [1, other] && list.hashValue == MetadataValue.list([1, other]).hashValue)
        #expect(map == ["a": ["b": other]] && Set([map, ["a": ["b": other]]]).count == 1)
        #expect(plain != .double(0) && plain != .string("nan"))
    }

    @Test("values of different sorts differ, and zero has one value")
    func sorts() {
        let values: [MetadataValue] = ["1", 1, 1.0, true, [1], ["1": 1]]
        for (place, value) in values.enumerated() { #expect(values.firstIndex(of: value) == place) }
        #expect(MetadataValue.double(0) == .double(-0.0))
        #expect(MetadataValue.double(0).hashValue == MetadataValue.double(-0.0).hashValue)
    }
}
