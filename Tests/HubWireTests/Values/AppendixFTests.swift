// SPDX-License-Identifier: Apache-2.0

import HubWire
import Testing

/// RFC 8949, Appendix F: bytes that are not well-formed, each refused by the rule that says why.
@Suite struct AppendixFTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let rule: ValueError.Reason
        let hex: [String]

        init(_ rule: ValueError.Reason, _ hex: String) {
            self.rule = rule
            self.hex = hex.split(separator: " ").map(String.init)
        }

        var testDescription: String { "\(rule)" }
    }

    static let table = [
        // The end of the input inside a head.
        Row(.truncated, "18 19 1a 1b 1901 1a0102 1b01020304050607 38 58 78 98 9a01ff00 b8 d8 f8 f900 fa0000 fb000000"),
        // Lengths and counts that the input cannot hold.
        Row(.lengthBeyondEnd, "41 61 5affffffff00 5bffffffffffffffff010203 7affffffff00 7b7fffffffffffffff010203"),
        Row(.lengthBeyondEnd, "81 818181818181818181 8200 a1 a20102 a100 a2000000"),
        Row(.lengthBeyondEnd, "9bffffffffffffffff bbffffffffffffffff bb8000000000000000 5b8000000000000000"),
        // A tag without content; indefinite items that never end.
        Row(.truncated, "c0 5f4100 7f6100 9f 9f0102 bf bf01020304 819f 9f8000 9f9f9f9f9fffffffff 9f819f819f9fffffff"),
        Row(.reservedInformation, "1c 1d 1e 3c 3d 3e 5c 5d 5e 7c 7d 7e 9c 9d 9e bc bd be dc dd de fc fd fe"),
        Row(.invalidSimple, "f800 f801 f818 f81f"),
        Row(.wrongChunk, "5f00ff 5f21ff 5f6100ff 5f80ff 5fa0ff 5fc000ff 5fe0ff 7f4100ff 5f5f4100ffff 7f7f6100ffff"),
        Row(.unexpectedBreak, "ff 81ff 8200ff 9f81ff 9f829f819f9fffffffff bf00ff bf000000ff c0ff"),
        Row(.unexpectedBreak, "a1ff00 a100ff a2000100ff 8201ff"),
        Row(.indefiniteNotAllowed, "1f 3f df"),
        // What the RFC calls not valid, and what no value may have around it.
        Row(.duplicateKey, "a2616101616102 a201020102 a20102180103 bf616101616102ff a26161017f6161ff02"),
        Row(.duplicateKey, "a2f93c0001fa3f80000002 a28201020082010201 a2a001bfff02"),
        Row(.invalidUTF8, "61ff 62c080 63eda080 64f4908080 62c328 7f61c361bcff a161ff00"),
        Row(.trailingBytes, "0000 f6f6 8000"),
    ]

    @Test("is refused by a named rule", arguments: table)
    func refused(_ row: Row) {
        for hex in row.hex {
            let bytes = [UInt8](hex: hex)
            #expect(reason { _ = try ValueTree(decoding: bytes) } == row.rule, "\(hex) as a tree")
            #expect(reason { _ = try ValueDecoder().decode([Int].self, from: bytes) } == row.rule, "\(hex) as a type")
        }
    }

    @Test("no bytes at all are no value")
    func empty() { #expect(reason { _ = try ValueTree(decoding: []) } == .truncated) }
}

/// The reason of the `ValueError` that the body throws; another error fails the test.
func reason(_ body: () throws -> Void) -> ValueError.Reason? {
    do {
        try body()
        return nil
    } catch let error as ValueError {
        return error.reason
    } catch {
        Issue.record("a foreign error: \(error)")
        return nil
    }
}
