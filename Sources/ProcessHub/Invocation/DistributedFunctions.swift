// SPDX-License-Identifier: Apache-2.0

internal import CSwiftRuntime
internal import Distributed

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
    internal import MachO
#endif

/// Every distributed function of the running binary, read from the table that the compiler writes into each image.
///
/// Nobody has to declare the names of a kind's methods: the section `swift5_accessible_functions` lists the target
/// identifier of each distributed function. On ELF the runtime walks that section for us, on Mach-O the images are asked
/// (written after the documents of the format, and not yet tried on a machine).
enum DistributedFunctions {
    /// The target identifiers of all images, sorted, each once; `nil` where the table cannot be read.
    static let identifiers: [String]? = read()

    /// What the identifier means in words: `distributed thunk Lib.Room.leave(Swift.String) async throws -> ()`.
    static func demangled(_ identifier: String) -> String {
        guard let text = swift_demangle(identifier, identifier.utf8.count, nil, nil, 0) else { return identifier }
        defer { free(text) }
        return String(cString: text)
    }

    private static let recordBytes = 20

    /// The identifiers that the records of one image name; `false` if they are no such records.
    private static func collect(
        _ start: UnsafeRawPointer, _ length: Int, into identifiers: inout Set<String>
    ) -> Bool {
        guard length.isMultiple(of: recordBytes) else { return false }
        for offset in stride(from: 0, to: length, by: recordBytes) {
            // The first field is a direct relative pointer to the identifier; odd values are fine.
            let record = start + offset
            let name = record + Int(record.load(as: Int32.self))
            identifiers.insert(String(cString: name.assumingMemoryBound(to: CChar.self)))
        }
        return true
    }

    #if canImport(Darwin)
        private static func read() -> [String]? {
            var identifiers: Set<String> = []
            for image in 0..<_dyld_image_count() {
                guard let header = _dyld_get_image_header(image) else { continue }
                let wide = UnsafeRawPointer(header).assumingMemoryBound(to: mach_header_64.self)
                var length: UInt = 0
                guard let start = getsectiondata(wide, "__TEXT", "__swift5_acfuncs", &length) else { continue }
                guard collect(UnsafeRawPointer(start), Int(length), into: &identifiers) else { return nil }
            }
            return identifiers.isEmpty ? nil : identifiers.sorted()
        }
    #else
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

        /// Of the ranges of an image (`MetadataSections.h`, version 2 and later), one lists its accessible functions.
        private static func collect(_ sections: hub_metadata_sections, into found: Found) {
            let range = sections.ranges.12
            guard sections.version >= 2 else {
                found.isReadable = false
                return
            }
            guard range.length > 0, let base = UnsafeRawPointer(bitPattern: range.start) else { return }
            if !collect(base, range.length, into: &found.identifiers) { found.isReadable = false }
        }
    #endif
}
