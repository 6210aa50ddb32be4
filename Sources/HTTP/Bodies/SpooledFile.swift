// SPDX-License-Identifier: Apache-2.0

import Glibc
public import MarketCrypto
import Synchronization
import UVRuntime

/// A body, or a part of one, that waits on the disk; gone with the last reference unless it was moved.
///
/// ```swift
/// let first = try await file.read(at: 0, count: 16)
/// try await file.move(to: "/srv/media/\(id)")
/// ```
/// - Isolation: the methods are called on a loop and block worker threads, never the loop.
public final class SpooledFile: Sendable {
    /// Octets.
    public let size: Int
    /// Of its octets.
    public let digest: Digest256
    private let content: SpoolContent

    init(_ content: SpoolContent, size: Int, digest: Digest256) {
        self.content = content
        self.size = size
        self.digest = digest
    }

    /// Reads octets; fewer than `count` at the end only.
    ///
    /// - Throws: `SpoolError`; `RuntimeError.offloadsExhausted`.
    public nonisolated(nonsending) func read(at offset: Int, count: Int) async throws -> [UInt8] {
        guard let loop = EventLoop.currentLoop else { preconditionFailure("a handler runs on its loop") }
        let content = content
        return try await loop.offload { try content.read(at: offset, count: count) }
    }

    /// The same for a worker thread, which it blocks.
    func readBlocking(at offset: Int, count: Int) throws(SpoolError) -> [UInt8] {
        try content.read(at: offset, count: count)
    }

    /// Makes the file durable and gives it a name of its own, which is replaced where it exists. It is no upload of ours any
    /// more, and this object can no longer read it.
    ///
    /// - Parameter path: on the file system of the server's upload directory.
    /// - Throws: `SpoolError` (EXDEV for another file system); the file has no new name then, or one that a power failure
    ///   may take from it.
    public nonisolated(nonsending) func move(to path: String) async throws {
        guard let loop = EventLoop.currentLoop else { preconditionFailure("a handler runs on its loop") }
        let content = content
        try await loop.offload { try content.move(to: path) }
    }
}

/// The file of one content while it is written and until it is gone.
///
/// Its calls block and are made by worker threads, one after the other.
final class SpoolContent: Sendable {
    private struct State: ~Copyable {
        var path: String?
        var descriptor: Int32 = -1
        var size = 0
        var hasher: SHA256Hasher? = SHA256Hasher()
        var digest: Digest256?
        var isGone = false
    }

    private let directory: SpoolDirectory
    private let state = Mutex(State())

    init(_ directory: SpoolDirectory) { self.directory = directory }

    deinit {
        let remains = state.withLock { state -> SpoolRemains? in
            guard !state.isGone, let path = state.path else { return nil }
            return SpoolRemains(path: path, descriptor: state.descriptor, size: state.size, directory: directory)
        }
        // Removing may wait for the disk. What is not handed to a worker, or by a loop that ends, is removed where it is let
        // go of.
        guard let remains, let loop = EventLoop.currentLoop else { return }
        loop.spawn {
            do {
                try await loop.offload { remains.remove() }
            } catch {
                remains.remove()
            }
        }
    }

    /// Adds octets; the first ones make the file. `isLast` completes it.
    func append(_ bytes: [UInt8], isLast: Bool) throws(SpoolError) {
        try state.withLock { (state) throws(SpoolError) in
            guard !state.isGone else { throw SpoolError(.gone) }
            if state.path == nil {
                let (path, descriptor) = try directory.makeFile()
                (state.path, state.descriptor) = (path, descriptor)
            }
            try directory.reserve(bytes.count)
            state.size += bytes.count
            state.hasher?.update(bytes)
            try Self.write(bytes, to: state.descriptor)
            guard isLast else { return }
            state.digest = state.hasher.take()?.finalize()
            Glibc.close(state.descriptor)
            state.descriptor = -1
        }
    }

    /// The complete file; nil before its last octets are written.
    func file() -> SpooledFile? {
        let (size, digest) = state.withLock { ($0.size, $0.digest) }
        return digest.map { SpooledFile(self, size: size, digest: $0) }
    }

    func read(at offset: Int, count: Int) throws(SpoolError) -> [UInt8] {
        let path = try state.withLock { (state) throws(SpoolError) in
            guard let path = state.path, !state.isGone else { throw SpoolError(.gone) }
            return path
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw SpoolError(.failed, errno: errno) }
        defer { Glibc.close(descriptor) }
        return try FileContent.read(descriptor, at: offset, count: max(count, 0))
    }

    func move(to path: String) throws(SpoolError) {
        try state.withLock { (state) throws(SpoolError) in
            guard let from = state.path, state.digest != nil, !state.isGone else { throw SpoolError(.gone) }
            try Self.sync(from, O_RDONLY)
            guard rename(from, path) == 0 else { throw SpoolError(.failed, errno: errno) }
            state.isGone = true
            directory.release(state.size)
            let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
            let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
            try Self.sync(folder, O_RDONLY | O_DIRECTORY)
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws(SpoolError) {
        let failure = bytes.withUnsafeBytes { bytes -> Int32 in
            var at = 0
            while at < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: at), bytes.count - at)
                if count < 0, errno == EINTR { continue }
                if count < 0 { return errno }
                at += count
            }
            return 0
        }
        guard failure == 0 else { throw SpoolError(.failed, errno: failure) }
    }

    private static func sync(_ path: String, _ flags: Int32) throws(SpoolError) {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw SpoolError(.failed, errno: errno) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SpoolError(.failed, errno: errno) }
    }
}

/// A file that nobody needs any more; removed at the latest with the last reference.
private final class SpoolRemains: Sendable {
    private let path: String
    private let descriptor: Int32
    private let size: Int
    private let directory: SpoolDirectory
    private let isRemoved = Atomic(false)

    init(path: String, descriptor: Int32, size: Int, directory: SpoolDirectory) {
        (self.path, self.descriptor, self.size, self.directory) = (path, descriptor, size, directory)
    }

    deinit { remove() }

    /// Once. Blocks.
    func remove() {
        guard !isRemoved.exchange(true, ordering: .relaxed) else { return }
        if descriptor >= 0 { Glibc.close(descriptor) }
        unlink(path)
        directory.release(size)
    }
}
