// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Makes one process at a time the owner of a service directory.
///
/// An advisory lock of the kernel (`flock`) on `<root>/lock`: it goes with the process however that ends, so there is
/// never a stale one. The file holds the owner's process id for people only.
public final class ServiceLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        // Unlocked by name, not only closed: a child that another thread is starting holds a copy until its exec.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Takes the lock, or returns nil when another process has it. Never waits.
    ///
    /// - Throws: `.directoryUnusable` when the lock file cannot be opened.
    public static func take(in directory: ServiceDirectory) throws(LocalServiceError) -> ServiceLock? {
        let path = directory.root + "/lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else {
            throw LocalServiceError(
                .directoryUnusable, service: "lock", message: "cannot open \(path): \(String(cString: strerror(errno)))"
            )
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        let text = Array("\(getpid())\n".utf8)
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
        return ServiceLock(descriptor: descriptor)
    }

    /// The process id that the present owner wrote, for a message.
    public static func owner(in directory: ServiceDirectory) -> String? {
        readSmallFile(directory.root + "/lock").map(trimmed)
    }
}
