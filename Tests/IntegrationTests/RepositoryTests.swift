// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@Suite("Repository", .computing)
struct RepositoryTests {
    @Test("each Swift file begins with the licence line")
    func licence() throws {
        for file in Repository.swiftFiles(in: Repository.folders) {
            let isManifest = file.text.hasPrefix("// swift-tools-version")
            let line = file.lines.dropFirst(isManifest ? 1 : 0).first
            #expect(line == "// SPDX-License-Identifier: Apache-2.0", "\(file.path)")
        }
    }

    @Test("no file has more than 800 lines")
    func sizes() throws {
        for file in Repository.swiftFiles(in: Repository.folders) {
            #expect(file.lines.count <= 800, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test("nothing is left to be done later in the sources")
    func noLeftovers() throws {
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]
        for file in Repository.swiftFiles(in: Repository.folders) {
            let left = words.filter(file.text.contains)
            #expect(left.isEmpty, "\(file.path)")
        }
    }

    @Test("what the compiler cannot check has a comment beside it that says why it is safe")
    func unchecked() throws {
        let words = ["@unchecked Sendable", "nonisolated(unsafe)", "try" + "! "]
        for file in Repository.swiftFiles(in: ["Sources"]) {
            for (line, before) in zip(file.lines, [""] + file.lines) where words.contains(where: line.contains) {
                let isComment = line.trimmingCharacters(in: .whitespaces).hasPrefix("//")
                let explained = line.contains(" // ") || before.contains("//")
                #expect(isComment || explained, "\(file.path): \(line)")
            }
        }
    }

    @Test(
        "a target imports only what its layer may import",
        arguments: [
            ("HubCore", ["DequeModule", "Synchronization"]),
            ("HubWire", ["HubCore", "Synchronization"]),
            ("HubSimulator", ["HubCore", "HubWire"]),
            ("phub-sim", ["HubSimulator", "ArgumentParser", "Glibc", "Musl", "Darwin"]),
            (
                "HubTransport",
                ["HubWire", "HubCore", "NIOCore", "NIOPosix", "NIOSSL", "NIOTLS", "Synchronization", "Foundation"]
            ),
            ("DemoProcesses", ["ProcessHub", "Distributed", "Foundation"]),
        ])
    func layers(target: String, allowed: [String]) throws {
        let files = Repository.swiftFiles(in: ["Sources/\(target)"])
        #expect(!files.isEmpty)
        for file in files {
            for line in file.lines {
                guard let module = Repository.importedModule(line) else { continue }
                #expect(allowed.contains(module), "\(file.path) imports \(module)")
            }
        }
    }

    @Test("each limit is used")
    func limits() throws {
        let sources = Repository.swiftFiles(in: ["Sources"])
        let limits = try #require(sources.first { $0.path.hasSuffix("Vocabulary/Limits.swift") })
        let names = limits.lines.compactMap { line in
            line.firstMatch(of: #/static let (\w+)/#).map { String($0.output.1) }
        }
        #expect(names.count > 20)
        let others = sources.filter { $0.path != limits.path }.map(\.text).joined()
        // What cuts chunks of a state, and what drains a node, is not there yet.
        let early: Set = ["bulkChunkBytes", "drainDeadline"]
        let idle = names.filter { !early.contains($0) && !others.contains("Limits.\($0)") }
        #expect(idle.isEmpty, "these limits bound nothing")
    }

    @Test(
        "the packages beside this one link its sources in and have no copies of them",
        arguments: [
            "Benchmarks/Sources/CSwiftRuntime", "Benchmarks/Sources/HubCore", "Benchmarks/Sources/HubTransport",
            "Benchmarks/Sources/HubWire", "Benchmarks/Sources/ProcessHub", "Fuzz/Sources/HubCore",
            "Fuzz/Sources/HubWire", "Fuzz/Sources/ValueFuzz/Shapes.swift",
        ])
    func sharedSources(path: String) throws {
        #expect(Repository.isLink(path) && Repository.exists(path), "\(path)")
    }

    @Test("each file that the lives in the architecture name exists", arguments: ["call", "start"])
    func lives(of what: String) throws {
        let text = try Repository.text(of: "ARCHITECTURE.md")
        let section = try #require(text.components(separatedBy: "## The life of a \(what)\n").dropFirst().first)
        let end = section.range(of: "\n## ")?.lowerBound ?? section.endIndex
        let paths = section[..<end].matches(of: #/`((?:Sources|Tests)/[^`]+)`/#).map { String($0.output.1) }
        #expect(paths.count >= 10)
        for path in paths { #expect(Repository.exists(path), "\(path) does not exist") }
    }

    @Test("each test that a promise names exists")
    func promises() throws {
        let proofs = try Repository.text(of: "PROMISES.md").matches(of: #/`(\w+Tests)` “([^”]+)”/#)
        #expect(proofs.count >= 10)
        let tests = Repository.swiftFiles(in: ["Tests"])
        for proof in proofs {
            let (suite, sentence) = (String(proof.output.1), String(proof.output.2))
            let found = tests.contains { $0.text.contains(suite) && $0.text.contains("\"\(sentence)\"") }
            #expect(found, "no test “\(sentence)” in \(suite)")
        }
    }

    @Test("the Swift code of the README is code that the tests compile")
    func readmeCode() throws {
        let blocks = try Repository.text(of: "README.md").components(separatedBy: "```swift\n").dropFirst()
            .compactMap { $0.components(separatedBy: "```").first }
        let source = try Repository.text(of: "Tests/IntegrationTests/ReadmeTests.swift")
        #expect(blocks.count == 2)
        for (index, block) in blocks.enumerated() {
            let imports = block.components(separatedBy: "\n").filter { $0.hasPrefix("import ") }
            for line in imports { #expect(source.contains(line + "\n")) }
            let compiled = source.components(separatedBy: "// README: \(index)\n").dropFirst()
                .compactMap { $0.components(separatedBy: "// README: end").first }
            #expect((imports + compiled).joined().filter { !$0.isWhitespace } == block.filter { !$0.isWhitespace })
        }
    }

    @Test(
        "each file that a document links to exists",
        arguments: ["README.md", "ARCHITECTURE.md", "PROMISES.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"])
    func links(document: String) throws {
        for link in try Repository.text(of: document).matches(of: #/\]\(([^)#]+)[^)]*\)/#) {
            let target = String(link.output.1)
            #expect(target.hasPrefix("https://") || Repository.exists(target), "\(document) links to \(target)")
        }
    }
}

/// The files of the working copy that this test was compiled from.
enum Repository {
    struct File {
        let path: String
        let text: String
        var lines: [String] { text.components(separatedBy: "\n") }
    }

    static let folders = ["Sources", "Tests", "Benchmarks", "Fuzz", "Examples"]

    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    static func isLink(_ path: String) -> Bool {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: root.appending(path: path).path)) != nil
    }

    static func text(of path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func swiftFiles(in folders: [String]) -> [File] {
        folders.flatMap { folder in
            names(in: folder).sorted().compactMap { name in
                (try? text(of: "\(folder)/\(name)")).map { File(path: "\(folder)/\(name)", text: $0) }
            }
        }
    }

    /// Without what is built; links, by which other packages see our sources, are not followed.
    private static func names(in folder: String) -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: root.appending(path: folder).path) else { return [] }
        var names: [String] = []
        while let name = walk.nextObject() as? String {
            if name.split(separator: "/").last?.hasPrefix(".build") == true { walk.skipDescendants() }
            if name.hasSuffix(".swift") { names.append(name) }
        }
        return names
    }

    static func importedModule(_ line: String) -> String? {
        line.firstMatch(of: #/^(?:@\w+ )?(?:(?:public|package|internal|private|fileprivate) )?import (\w+)/#)
            .map { String($0.output.1) }
    }
}
