// SPDX-License-Identifier: Apache-2.0

import Foundation
import HubCore
import TestSupport
import Testing

@testable import ProcessHub

@Suite("Status files", .live)
struct StatusTests {
    private let directory = StatusDirectory(
        FileManager.default.temporaryDirectory.appending(path: "status-\(UUID().uuidString)").path)

    private var files: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []).sorted()
    }

    private func status(_ node: String, process: Int32) -> NodeStatus {
        NodeStatus(
            cluster: "c", node: node, incarnation: "1", process: process, standing: "serving", roster: [], written: 1)
    }

    /// A process that has ended.
    private func deadProcess() throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/true")
        try process.run()
        process.waitUntilExit()
        return process.processIdentifier
    }

    private func remove() { try? FileManager.default.removeItem(atPath: directory.path) }

    @Test(
        "whatever a name holds, its file stays in the directory and no two names share one",
        arguments: ["a", "../a", "..", "a/b", "a.b", "ä", "a%2e", String(repeating: "x", count: 255)])
    func names(name: String) throws {
        let file = directory.file(of: NodeName(name), in: "c+d", process: 7)
        let last = URL(filePath: file).lastPathComponent
        #expect(file == "\(directory.path)/\(last)" && last.utf8.count < 250)
        #expect(last.hasSuffix(".7.json") && !last.contains("%7"))
        let others = ["b", "..%2fa", "a%2eb", "a%252e", String(repeating: "x", count: 254) + "y"]
        for other in others where other != name {
            #expect(directory.file(of: NodeName(other), in: "c+d", process: 7) != file)
        }
    }

    @Test("what is written is read, by the owner only; what is no status is passed over")
    func roundTrip() throws {
        defer { remove() }
        try directory.prepare()
        let file = directory.file(of: "a", in: "c", process: 7)
        try directory.write(status("a", process: 7), to: file)
        try directory.write(status("a", process: 8), to: file)
        try Data("garbage".utf8).write(to: URL(filePath: directory.path).appending(path: "x.json"))
        #expect(directory.statuses() == [status("a", process: 8)])
        let mode = { (path: String) in
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(file) == 0o600)
        #expect(try mode(directory.path) == 0o700)
        #expect(files.count == 2)
    }

    @Test("a directory that others can write to, a link and a file are refused")
    func refused() async throws {
        defer { remove() }
        let folder = URL(filePath: directory.path)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let open = folder.appending(path: "open")
        try FileManager.default.createDirectory(
            at: open, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o777])
        chmod(open.path, 0o777)
        let link = folder.appending(path: "link")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: folder)
        let file = folder.appending(path: "file")
        try Data().write(to: file)
        for place in [open, link, file, folder.appending(path: "no/such")] {
            #expect(throws: HubError.self) { try StatusDirectory(place.path).prepare() }
            let node = Node(
                name: "a", status: StatusDirectory(place.path), callDeadline: patience, logger: quietLogger())
            #expect(await failure { try await node.run() }?.code == .invalidConfiguration)
        }
    }

    @Test(
        "what dead processes left behind under a name goes when a node of the name starts; living ones and other names stay"
    )
    func sweep() throws {
        defer { remove() }
        try directory.prepare()
        let (dead, living) = (try deadProcess(), getpid())
        for (name, process) in [("a", dead), ("a", living), ("b", dead)] {
            let file = directory.file(of: NodeName(name), in: "c", process: process)
            try directory.write(status(name, process: process), to: file)
        }
        try Data().write(to: URL(filePath: directory.file(of: "a", in: "c", process: dead) + ".123"))
        directory.sweep("a", in: "c")
        #expect(directory.statuses().map(\.process) == [living, dead])
        #expect(files.count == 2)
    }

    @Test("a node writes what it sees, and takes the file away when it has left")
    func node() async throws {
        defer { remove() }
        let a = Node(
            name: "a", cluster: "c", traits: NodeTraits(weight: 2, zone: "z", labels: ["k": "v"]), status: directory,
            logger: quietLogger())
        _ = try Hub("h", on: a)
        try await running(a) {
            let address = try await a.whenListening()
            try await eventually { directory.statuses().first?.standing == "serving" }
            let status = try #require(directory.statuses().first)
            #expect(status.node == "a" && status.cluster == "c" && status.address == address)
            #expect(status.process == getpid() && status.written > 1_700_000_000_000)
            // A hub says a moment later than its node that it is there.
            try await eventually { directory.statuses().first?.view?.members.first?.hubs == ["h"] }
            let member = try #require(directory.statuses().first?.view?.members.first)
            #expect(member.name == "a" && member.incarnation == status.incarnation)
            #expect(member.weight == 2 && member.zone == "z" && member.labels == ["k": "v"])
            // It is written anew although nothing changes: whoever reads it sees that the node runs.
            try await eventually { (directory.statuses().first?.written ?? 0) > status.written }
        }
        #expect(files.isEmpty)
    }
}
