// SPDX-License-Identifier: Apache-2.0
import Glibc

/// What this machine has, as far as it bounds the private services.
public struct MachineResources: Sendable, Equatable {
    /// Bytes of memory we may use: the machine's, or the control group's limit where that is lower.
    public var memory: Int
    /// Bytes free for an unprivileged user on the file system of the data directory.
    public var freeDisk: Int
    /// Processors online.
    public var processors: Int

    /// Takes the figures as given, for tests.
    public init(memory: Int, freeDisk: Int, processors: Int) {
        self.memory = memory
        self.freeDisk = freeDisk
        self.processors = processors
    }

    /// Measures the machine; what cannot be read counts as small (1 GiB), never as large.
    public static func current(dataDirectory: String) -> MachineResources {
        let unknown = 1 << 30
        var memory = unknown
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        if pages > 0 { memory = pages * Int(sysconf(Int32(_SC_PAGESIZE))) }
        if let text = readSmallFile("/sys/fs/cgroup/memory.max"), let limit = Int(trimmed(text)) {
            memory = min(memory, limit)
        }
        var free = unknown
        var stat = statvfs()
        if statvfs(dataDirectory, &stat) == 0 { free = Int(stat.f_bavail) * Int(stat.f_frsize) }
        let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        return MachineResources(memory: memory, freeDisk: free, processors: processors)
    }
}
