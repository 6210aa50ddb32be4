// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Where bodies that are too long for memory wait for their handler, and how much may wait there at once.
final class SpoolDirectory: Sendable {
    /// Files of ours that nobody has written to for so long were left by a process that died: a client must keep up a floor
    /// rate and a handler ends, so that the time between two writes is about a minute.
    static let staleSeconds = 3600
    private static let prefix = "mve-upload-"

    let path: String
    /// Octets of all files together.
    let bytesMax: Int
    private let used = Atomic(0)

    init(path: String, bytesMax: Int) {
        self.path = path
        self.bytesMax = bytesMax
    }

    /// Octets in files that exist.
    var usedBytes: Int { used.load(ordering: .relaxed) }

    /// Takes room for `count` octets more.
    func reserve(_ count: Int) throws(SpoolError) {
        let (_, now) = used.add(count, ordering: .relaxed)
        guard now <= bytesMax else {
            used.subtract(count, ordering: .relaxed)
            throw SpoolError(.full, errno: ENOSPC)
        }
    }

    func release(_ count: Int) { used.subtract(count, ordering: .relaxed) }

    /// A file of its own, open for writing, that nobody else can read. Blocks.
    func makeFile() throws(SpoolError) -> (path: String, descriptor: Int32) {
        while true {
            let name = String(UInt64.random(in: 0...UInt64.max), radix: 16)
            let path = path + "/" + Self.prefix + name
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            if descriptor >= 0 { return (path, descriptor) }
            if errno == EEXIST || errno == EINTR { continue }
            throw SpoolError(.failed, errno: errno)
        }
    }

    /// Makes the directory where it is missing and removes what dead processes left. Blocks.
    func prepare() throws(SpoolError) {
        for end in path.indices.dropFirst() where path[end] == "/" { mkdir(String(path[..<end]), 0o700) }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SpoolError(.failed, errno: errno) }
        guard let directory = opendir(path) else { throw SpoolError(.failed, errno: errno) }
        defer { closedir(directory) }
        let now = time(nil)
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasPrefix(Self.prefix) else { continue }
            var information = stat()
            guard lstat(path + "/" + name, &information) == 0 else { continue }
            if information.st_mtim.tv_sec + Self.staleSeconds < now { unlink(path + "/" + name) }
        }
    }
}

/// Why a body could not be put on the disk or taken from it.
public struct SpoolError: Error, Sendable, Equatable {
    /// What happened.
    public enum Kind: Sendable {
        /// The bound of all files together is reached.
        case full
        /// A call of the system failed.
        case failed
        /// The file was moved or removed already.
        case gone
    }

    /// What happened.
    public let kind: Kind
    /// The system's reason, for the log.
    public let errno: Int32

    init(_ kind: Kind, errno: Int32 = 0) {
        self.kind = kind
        self.errno = errno
    }
}
