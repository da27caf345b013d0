// SPDX-License-Identifier: Apache-2.0

internal import Distributed
internal import HubCore

/// The stable names of a kind's methods and the identifiers they have in this binary.
struct MethodNames {
    /// Sorted by name.
    let identifiers: [(name: MethodName, identifier: String)]

    /// Reads the names of a type's distributed methods.
    ///
    /// - Throws: ``HubError`` with ``HubError/Code/unsupportedKind`` for a generic type and
    ///   ``HubError/Code/duplicateMethod`` for two methods of one name; nothing was registered.
    init<P: DistributedActor>(of type: P.Type) throws(HubError) {
        guard let mangled = _mangledTypeName(type), !mangled.hasSuffix("G") else {
            throw HubError(
                .unsupportedKind, "\(String(reflecting: type)) is generic; a kind must be one type",
                outcome: .notExecuted)
        }
        guard let all = DistributedFunctions.identifiers else {
            throw HubError(
                .unsupportedKind, "this platform has no readable table of distributed functions",
                outcome: .notExecuted)
        }
        var names: [MethodName: String] = [:]
        for identifier in all where identifier.hasPrefix("$s" + mangled) && identifier.hasSuffix("TE") {
            guard let name = Self.name(of: identifier, in: String(reflecting: type)) else { continue }
            if let other = names.updateValue(identifier, forKey: name) {
                throw HubError(
                    .duplicateMethod,
                    "\(type).\(name) has two forms that callers could not tell apart: "
                        + "\(DistributedFunctions.demangled(other)) and \(DistributedFunctions.demangled(identifier))",
                    outcome: .notExecuted)
            }
        }
        identifiers = names.map { ($0.key, $0.value) }.sorted { $0.name < $1.name }
    }

    /// The name of the method, or `nil` if the identifier belongs to a type nested in `type`.
    ///
    /// A distributed actor nested in the kind shares the kind's mangled prefix, and its method would run on the wrong
    /// object, so the demangled text has to read `Type.` followed by a base name without a dot.
    private static func name(of identifier: String, in type: String) -> MethodName? {
        let text = DistributedFunctions.demangled(identifier)
        guard let range = text.firstRange(of: type + ".") else { return nil }
        let base = text[range.upperBound...].prefix { $0 != "(" && $0 != "<" && $0 != " " }
        guard !base.contains(".") else { return nil }
        let full = RemoteCallTarget(identifier).description
        let open = full.firstIndex(of: "(") ?? full.endIndex
        let start = full[..<open].lastIndex(of: ".").map(full.index(after:)) ?? full.startIndex
        return MethodName(String(full[start...]))
    }
}
