// SPDX-License-Identifier: Apache-2.0
import Glibc
import HTTP
import MarketCrypto
import UVRuntime

/// The files of imports and exports: below one directory that nothing serves by itself, with names of our own making.
///
/// - Isolation: called on a loop; worker threads do the work.
public struct TableFiles: Sendable {
    private let directory: String

    /// Files below a directory on the file system of the uploads; made where it is missing.
    public init(directory: String) {
        self.directory = directory
    }

    /// A call of the system failed.
    struct Failure: Error, CustomStringConvertible {
        let call: StaticString
        let errno: Int32

        var description: String { "\(call): errno \(errno)" }
    }

    /// A name that no other file has.
    static func newName(random: RandomSource = .secure) -> String {
        Hex.encode(random.bytes(16))
    }

    private static func loop() -> EventLoop {
        guard let loop = EventLoop.currentLoop else { preconditionFailure("files are worked with on a loop") }
        return loop
    }

    private func path(_ name: String) -> String { directory + "/" + name }

    /// Keeps an upload under a new name; durable when it comes back.
    nonisolated(nonsending) func keep(_ part: FormPart, as name: String) async throws {
        let directory = directory
        try await Self.loop().offload { try Self.prepare(directory) }
        switch part.content {
        case .file(let file): try await file.move(to: path(name))
        case .bytes(let bytes): try await write(bytes, to: name, at: 0)
        }
    }

    /// Octets of a file; fewer than `count` only at its end. nil where there is no such file.
    nonisolated(nonsending) func read(_ name: String, at offset: Int, count: Int) async throws -> [UInt8]? {
        let path = path(name)
        return try await Self.loop().offload { () throws -> [UInt8]? in
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            if descriptor < 0, errno == ENOENT { return nil }
            guard descriptor >= 0 else { throw Failure(call: "open", errno: errno) }
            defer { close(descriptor) }
            var failure: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                while filled < count {
                    let free = buffer.baseAddress?.advanced(by: filled)
                    let got = pread(descriptor, free, count - filled, off_t(offset + filled))
                    if got < 0, errno == EINTR { continue }
                    if got < 0 { failure = errno }
                    if got <= 0 { return }
                    filled += got
                }
            }
            guard failure == 0 else { throw Failure(call: "pread", errno: failure) }
            return bytes
        }
    }

    /// Writes octets at an offset and cuts the file behind them: whatever stood there was written by somebody who did not get to
    /// say so. Durable when it comes back.
    nonisolated(nonsending) func write(_ bytes: [UInt8], to name: String, at offset: Int) async throws {
        let (directory, path) = (directory, path(name))
        try await Self.loop().offload { () throws in
            try Self.prepare(directory)
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw Failure(call: "open", errno: errno) }
            defer { close(descriptor) }
            var done = 0
            while done < bytes.count {
                let put = bytes.withUnsafeBytes { bytes in
                    pwrite(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done, off_t(offset + done))
                }
                if put < 0, errno == EINTR { continue }
                guard put >= 0 else { throw Failure(call: "pwrite", errno: errno) }
                done += put
            }
            guard ftruncate(descriptor, off_t(offset + bytes.count)) == 0 else {
                throw Failure(call: "ftruncate", errno: errno)
            }
            guard fsync(descriptor) == 0 else { throw Failure(call: "fsync", errno: errno) }
            // A file that is new is durable with the name that it has.
            if offset == 0 { try Self.syncFolder(directory) }
        }
    }

    /// Removes a file; one that is gone already is removed.
    nonisolated(nonsending) func remove(_ name: String) async throws {
        let path = path(name)
        try await Self.loop().offload { () throws in
            guard unlink(path) == 0 || errno == ENOENT else { throw Failure(call: "unlink", errno: errno) }
        }
    }

    /// Names of the files that nobody has written to for so many seconds.
    nonisolated(nonsending) func names(idleFor seconds: Int) async throws -> [String] {
        let directory = directory
        return try await Self.loop().offload { () throws -> [String] in
            guard let stream = opendir(directory) else {
                if errno == ENOENT { return [] }
                throw Failure(call: "opendir", errno: errno)
            }
            defer { closedir(stream) }
            let newest = time(nil) - seconds
            var names: [String] = []
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                var status = stat()
                // One that is gone by now needs no sweeping.
                guard fstatat(dirfd(stream), name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFREG, status.st_mtim.tv_sec < newest { names.append(name) }
            }
            return names
        }
    }

    /// A file as an answer, to be saved under another name.
    nonisolated(nonsending) func response(
        to request: RequestContext, file name: String, as type: String, saved: String
    ) async throws -> HTTPResponse {
        try await FileRoot(directory, cacheControl: "private, no-store").response(
            to: request, file: name, as: .other(type), disposition: .attachment(name: saved))
    }

    /// Blocks.
    private static func syncFolder(_ directory: String) throws(Failure) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(call: "open folder", errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Failure(call: "fsync folder", errno: errno) }
    }

    private static func prepare(_ directory: String) throws(Failure) {
        for end in directory.indices.dropFirst() where directory[end] == "/" { mkdir(String(directory[..<end]), 0o700) }
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw Failure(call: "mkdir", errno: errno) }
    }
}
