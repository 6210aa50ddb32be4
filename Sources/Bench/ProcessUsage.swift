// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Processor time and memory of other processes, from `/proc`. nil where a process is gone or not ours to see.
enum ProcessUsage {
    /// The numbers of `/proc/PID/stat` behind the name in parentheses, which may contain anything; index 0 is the state.
    private static func fields(_ pid: Int32) -> (name: String, rest: [Substring])? {
        guard let text = text("/proc/\(pid)/stat"), let opening = text.firstIndex(of: "("),
            let closing = text.lastIndex(of: ")"), opening < closing
        else { return nil }
        let rest = text[text.index(after: closing)...].split(separator: " ")
        return rest.count > 14 ? (String(text[text.index(after: opening)..<closing]), rest) : nil
    }

    /// Seconds on a processor since the process began, all threads; `withEnded` adds the children it has waited for.
    ///
    /// - Units: the kernel counts ticks of 10 ms.
    static func processorSeconds(_ pid: Int32, withEnded: Bool = false) -> Double? {
        guard let (_, rest) = fields(pid) else { return nil }
        let ticks = rest[11...(withEnded ? 14 : 12)].reduce(0) { $0 + (Double($1) ?? 0) }
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The processor time of a PostgreSQL server: the postmaster, its living children, and those that have ended.
    static func postgresSeconds(postmaster: Int32) -> Double? {
        guard let own = processorSeconds(postmaster, withEnded: true),
            let children = text("/proc/\(postmaster)/task/\(postmaster)/children")
        else { return nil }
        return children.split(whereSeparator: \.isWhitespace).reduce(own) { sum, child in
            // One that ended meanwhile is in the postmaster's account at the next look.
            sum + (Int32(child).flatMap { processorSeconds($0) } ?? 0)
        }
    }

    /// The postmaster of a backend; nil when the number belongs to another program, as with a server on another machine.
    static func postmaster(ofBackend pid: Int32) -> Int32? {
        guard let (name, rest) = fields(pid), name == "postgres", let parent = Int32(rest[1]),
            fields(parent)?.name == "postgres"
        else { return nil }
        return parent
    }

    /// Bytes in memory now.
    static func residentBytes(_ pid: Int32) -> Int? {
        guard let pages = text("/proc/\(pid)/statm")?.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else {
            return nil
        }
        return pages * Int(getpagesize())
    }

    /// Our own processor time.
    static var ownSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// A file of `/proc`; nil when it is not there or not ours to read.
    static func text(_ path: String) -> String? {
        // A file of /proc has no size; FileHandle reads to its end.
        guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? handle.close() }
        guard let data = try? handle.readToEnd() else { return nil }
        return String(decoding: data, as: UTF8.self)
    }

    /// Processors and their model, as the report names the machine.
    static var machine: (cores: Int, model: String?) {
        let line = text("/proc/cpuinfo")?.split(separator: "\n").first { $0.hasPrefix("model name") }
        let model = line?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
        return (ProcessInfo.processInfo.activeProcessorCount, model)
    }
}
