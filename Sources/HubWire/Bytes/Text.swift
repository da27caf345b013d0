// SPDX-License-Identifier: Apache-2.0

extension String {
    /// The longest prefix of at most `limit` UTF-8 bytes that ends between two scalars.
    package func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(startIndex, offsetBy: max(0, limit))
        while end > startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
        return String(self[startIndex..<end])
    }
}
