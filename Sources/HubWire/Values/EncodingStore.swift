// SPDX-License-Identifier: Apache-2.0

/// One value being encoded: its bytes so far and the containers that types still hold.
///
/// Everything is written at the tail, in the order in which it is asked for. A container begins as one byte that becomes
/// its head when the type is done and the count is known. A write to a container that is no longer at the tail, because
/// a sibling was opened since, goes to the tail too and is then moved into place (`splice`).
final class EncodingStore {
    /// A container, or the place of a value whose type has not yet said what it is.
    struct Frame {
        enum Kind: UInt8 { case open, finished, map, array }

        var kind: Kind
        /// The containers around what is in here, this one included.
        var level: Int32
        var parent: Int32
        /// Tells it from earlier and later frames at the same index.
        var serial: UInt32
        /// The newest key, or −1.
        var lastKey: Int32 = -1
        /// Where it stands in its parent: which of `keys`, or which element.
        var place: Int32
        var count = 0
        /// Where its first byte is.
        var head: Int
        /// Behind its last byte; only kept while the frame is not at the tail.
        var end: Int
    }

    struct Key {
        var offset: Int
        var print: UInt64
        var length: Int32
        /// The key before it in the same map, or −1.
        var previous: Int32
    }

    /// A frame as types hold it, who may hold it for too long.
    struct Handle {
        var index: Int32
        var serial: UInt32

        static let dead = Handle(index: -1, serial: 0)
    }

    let leaves: [LeafTable.Leaf]
    let limits: ValueLimits
    private let sharedInfo: UserInfo
    private(set) lazy var userInfo: [CodingUserInfoKey: Any] = sharedInfo().mapValues { $0 }

    // The run-time checks of exclusive access would cost a third of all time. They would find nothing: every access below
    // is one load, store or append, and no code of a type runs within one.
    @exclusivity(unchecked) var bytes: Scratch<UInt8>
    @exclusivity(unchecked) var frames: Scratch<Frame>
    @exclusivity(unchecked) var keys: Scratch<Key>
    /// Where the three rows above begin: most values never need more.
    private let room: UnsafeMutableRawPointer
    /// The deepest frame at the tail; it and its parents can be written to without moving anything.
    @exclusivity(unchecked) var current = -1
    /// The frame of the value whose `encode(to:)` runs; frames before it are not to be touched meanwhile.
    @exclusivity(unchecked) var scope = -1
    @exclusivity(unchecked) private var scopes = 0
    @exclusivity(unchecked) private var items = 0
    @exclusivity(unchecked) private var serial: UInt32 = 0
    /// What went wrong where nothing could be thrown.
    @exclusivity(unchecked) var failure: ValueError?

    init(leaves: LeafTable, userInfo: @escaping UserInfo, limits: ValueLimits) {
        self.leaves = leaves.leaves
        self.sharedInfo = userInfo
        self.limits = limits
        let (keyBytes, frameBytes) = (16 &* MemoryLayout<Key>.stride, 8 &* MemoryLayout<Frame>.stride)
        room = .allocate(byteCount: keyBytes &+ frameBytes &+ 256, alignment: 16)
        keys = Scratch(in: room.bindMemory(to: Key.self, capacity: 16), capacity: 16)
        frames = Scratch(in: (room + keyBytes).bindMemory(to: Frame.self, capacity: 8), capacity: 8)
        let rest = room + (keyBytes &+ frameBytes)
        bytes = Scratch(in: rest.bindMemory(to: UInt8.self, capacity: 256), capacity: 256)
    }

    deinit { room.deallocate() }

    func encodeRoot<T: Encodable>(_ value: T) throws {
        try countItems(1)
        try writeValue(value, in: -1, place: 0)
        if let failure { throw failure }
        guard bytes.count <= limits.bytes else { throw error(.tooLarge) }
    }

    // MARK: Scopes

    /// Lets the type write itself, in a frame of its own at the tail.
    func writeScope<T: Encodable>(_ value: T, in parent: Int, place: Int32) throws {
        // A value wrapped in single-value containers nests without adding bytes; the stack is finite all the same.
        guard scopes < limits.depth &* 4 &+ 4 else { throw error(.tooDeep) }
        let outer = (scope: scope, current: current, keys: keys.count)
        let handle = pushFrame(.open, in: parent, place: place)
        scope = frames.count &- 1
        current = scope
        scopes &+= 1
        defer {
            scopes &-= 1
            frames.count = scope
            keys.count = outer.keys
            scope = outer.scope
            current = outer.current
        }
        try value.encode(to: ValueWriter(store: self, handle: handle))
        if let failure { throw failure }
        try closeFrames()
    }

    /// Adds a frame whose only byte is at the tail. The byte is an empty map, which is what stays if nothing is written.
    func pushFrame(_ kind: Frame.Kind, in parent: Int, place: Int32) -> Handle {
        serial &+= 1
        let above = parent < 0 ? 0 : frames.base[parent].level
        let handle = Handle(index: Int32(truncatingIfNeeded: frames.count), serial: serial)
        frames.append(
            Frame(
                kind: kind, level: kind == .open ? above : above &+ 1, parent: Int32(truncatingIfNeeded: parent),
                serial: serial, place: place, head: bytes.count, end: bytes.count &+ 1))
        bytes.append(Head.map)
        return handle
    }

    /// Finishes all frames of the running scope: the counts are known now.
    private func closeFrames() throws {
        for index in scope..<frames.count where frames.base[index].kind == .map {
            try refuseDuplicates(index)
        }
        for index in stride(from: frames.count &- 1, through: scope, by: -1) {
            switch frames.base[index].kind {
            case .open, .finished: break
            case .map: closeHead(index, Head.map)
            case .array: closeHead(index, Head.array)
            }
        }
    }

    private func closeHead(_ index: Int, _ major: UInt8) {
        let head = frames.base[index].head
        let count = UInt64(truncatingIfNeeded: frames.base[index].count)
        let extra = Head.length(count) &- 1
        if extra > 0 {
            bytes.reserve(extra)
            (bytes.base + (head &+ 1 &+ extra)).update(from: bytes.base + (head &+ 1), count: bytes.count &- head &- 1)
            bytes.count &+= extra
            for other in scope..<frames.count where frames.base[other].head > head {
                frames.base[other].head &+= extra
            }
        }
        Head.write(major, count, to: bytes.base + head)
    }

    // MARK: Limits and errors

    func countItems(_ more: Int) throws {
        items &+= more
        if items > limits.elements { throw error(.tooManyElements) }
    }

    /// Where everything stood before an entry was begun.
    struct Mark {
        fileprivate let bytes: Int
        fileprivate let keys: Int
        fileprivate let frames: Int
        fileprivate let items: Int

        /// Where the entry begins.
        var start: Int { bytes }
    }

    var mark: Mark { Mark(bytes: bytes.count, keys: keys.count, frames: frames.count, items: items) }

    /// Forgets what was written since, so that a type may catch an error and go on.
    func rewind(to mark: Mark) {
        bytes.count = mark.bytes
        keys.count = mark.keys
        frames.count = mark.frames
        items = mark.items
    }

    @inline(never)
    func error(_ reason: ValueError.Reason, in frame: Int? = nil) -> ValueError {
        ValueError(reason, offset: bytes.count, path: PathKey.text(path(of: frame ?? current)))
    }

    /// Remembers the first thing that went wrong; whatever is encoded after that throws.
    func fail(_ reason: ValueError.Reason) {
        if failure == nil { failure = error(reason) }
    }
}
