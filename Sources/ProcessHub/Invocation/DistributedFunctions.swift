// SPDX-License-Identifier: Apache-2.0

internal import CSwiftRuntime
internal import Distributed

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Every distributed function of the running binary, read from the table that the compiler writes into each image.
///
/// Nobody has to declare the names of a kind's methods: the section `swift5_accessible_functions` lists the target
/// identifier of each distributed function, and the runtime walks that section for us.
enum DistributedFunctions {
    /// The target identifiers of all images, sorted, each once; `nil` where the table cannot be read.
    static let identifiers: [String]? = read()

    /// What the identifier means in words: `distributed thunk Lib.Room.leave(Swift.String) async throws -> ()`.
    static func demangled(_ identifier: String) -> String {
        guard let text = swift_demangle(identifier, identifier.utf8.count, nil, nil, 0) else { return identifier }
        defer { free(text) }
        return String(cString: text)
    }

    #if canImport(Darwin)
        private static func read() -> [String]? { nil }
    #else
        /// Which of the ranges of an image lists its accessible functions (`MetadataSections.h`, version 2 and later).
        private static let recordBytes = 20

        private final class Found {
            var identifiers: Set<String> = []
            var isReadable = true
        }

        private static func read() -> [String]? {
            let found = Found()
            swift_enumerateAllMetadataSections(
                { sections, context in
                    guard let context else { return true }
                    let found = Unmanaged<Found>.fromOpaque(context).takeUnretainedValue()
                    DistributedFunctions.collect(sections.pointee, into: found)
                    return true
                }, Unmanaged.passUnretained(found).toOpaque())
            return found.isReadable && !found.identifiers.isEmpty ? found.identifiers.sorted() : nil
        }

        private static func collect(_ sections: hub_metadata_sections, into found: Found) {
            let range = sections.ranges.12
            guard sections.version >= 2, range.length.isMultiple(of: recordBytes) else {
                found.isReadable = false
                return
            }
            guard range.length > 0, let base = UnsafeRawPointer(bitPattern: range.start) else { return }
            for offset in stride(from: 0, to: range.length, by: recordBytes) {
                // The first field is a direct relative pointer to the identifier; odd values are fine.
                let record = base + offset
                let name = record + Int(record.load(as: Int32.self))
                found.identifiers.insert(String(cString: name.assumingMemoryBound(to: CChar.self)))
            }
        }
    #endif
}
