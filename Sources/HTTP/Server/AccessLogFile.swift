// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Where access lines go: a file that is only appended to, or the standard output.
///
/// - Isolation: callable from any thread; a line is never split between two writes of ours.
public final class AccessLogFile: Sendable {
    /// Who cannot be written to, and why.
    public struct Failure: Error, CustomStringConvertible {
        /// The file; "-" is the standard output.
        public let path: String
        /// errno.
        public let code: Int32

        /// `PATH: why`
        public var description: String { "\(path): \(String(cString: strerror(code)))" }
    }

    private let path: String?
    private let descriptor: Int32
    /// One write at a time: a pipe would mix those of several loops, and a reader that stands still must hold one worker
    /// thread, not all of them.
    private let isWriting = Atomic(false)

    /// Opens a file for appending; it is made, readable by its owner and group, where it is missing.
    ///
    /// - Parameter path: nil is the standard output.
    public init(path: String?) throws(Failure) {
        self.path = path
        descriptor = path == nil ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) : try Self.open(path ?? "")
        guard descriptor >= 0 else { throw Failure(path: "-", code: errno) }
    }

    deinit {
        Glibc.close(descriptor)
    }

    private static func open(_ path: String) throws(Failure) -> Int32 {
        let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw Failure(path: path, code: errno) }
        return descriptor
    }

    /// Opens the path again and goes on there: the old file has been renamed by whoever rotates it.
    ///
    /// The descriptor keeps its number, so a write that runs meanwhile ends in one of the two files.
    public func reopen() throws(Failure) {
        guard let path else { return }
        let fresh = try Self.open(path)
        defer { Glibc.close(fresh) }
        guard dup2(fresh, descriptor) >= 0 else { throw Failure(path: path, code: errno) }
        // dup2 takes the flag off.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    /// Takes the right to write until `release()`; false while somebody else has it.
    func acquire() -> Bool { !isWriting.exchange(true, ordering: .acquiring) }

    func release() { isWriting.store(false, ordering: .releasing) }

    /// Waits until the file takes octets, at most for `time` milliseconds; false where it does not.
    func isWritable(within time: Int32) -> Bool {
        var waited = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&waited, 1, time) == 1
    }

    /// Writes whole lines; blocks as long as the file does.
    func write(_ lines: [UInt8]) throws(Failure) {
        var written = 0
        while written < lines.count {
            let count = lines.withUnsafeBytes { bytes in
                Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure(path: path ?? "-", code: errno) }
            written += count
        }
    }
}
