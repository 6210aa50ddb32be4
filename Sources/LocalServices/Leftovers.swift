// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Processes of an earlier run that still work in a data directory.
///
/// PostgreSQL and Redis make their data directory their working directory, so `/proc/<pid>/cwd` finds every one of
/// them, backends too, and never an unrelated process that got a reused process id. Directories are compared by inode:
/// in another mount namespace the same path may be another place. Call it only with the directory's `ServiceLock`
/// held: then nobody who works there has an owner.
enum Leftovers {
    /// The process ids that work in the directory.
    static func find(in dataDirectory: String) -> [pid_t] {
        guard let place = inode(dataDirectory), let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var found: [pid_t] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let id = pid_t(name), let cwd = inode("/proc/\(id)/cwd"), cwd == place { found.append(id) }
        }
        return found
    }

    /// Ends them: politely, then urgently, then by force.
    ///
    /// - Parameters:
    ///   - main: the process that ends the others when it ends; nil signals all.
    ///   - signals: each with the time it is given to work. The last one should be `SIGKILL`.
    /// - Returns: whether none is left.
    @concurrent
    static func end(
        in dataDirectory: String, main: pid_t?, signals: [(signal: Int32, patience: Duration)]
    ) async -> Bool {
        for step in signals {
            let present = find(in: dataDirectory)
            if present.isEmpty { return true }
            let targets = main.map { present.contains($0) ? [$0] : present } ?? present
            for id in targets { kill(id, step.signal) }
            let deadline = ContinuousClock.now + step.patience
            while ContinuousClock.now < deadline {
                if find(in: dataDirectory).isEmpty { return true }
                // Nobody tells us when a process that is not our child ends.
                if (try? await Task.sleep(for: .milliseconds(50))) == nil { return false }
            }
        }
        return find(in: dataDirectory).isEmpty
    }

    private static func inode(_ path: String) -> Inode? {
        var info = stat()
        return stat(path, &info) == 0 ? Inode(device: UInt64(info.st_dev), number: UInt64(info.st_ino)) : nil
    }

    private struct Inode: Equatable {
        let device: UInt64
        let number: UInt64
    }
}
