// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A process that this test started, by its number: to stop it in its tracks, let it go on, or kill it.
public struct OtherProcess: Sendable, Hashable {
    /// Its number.
    public let id: Int32

    /// Names a process.
    public init(id: Int32) {
        self.id = id
    }

    /// Stops it in its tracks, as a machine that hangs does.
    public func freeze() { Foundation.kill(id, SIGSTOP) }
    /// Lets it go on.
    public func thaw() { Foundation.kill(id, SIGCONT) }
    /// Asks it to read its configuration again.
    public func hangUp() { Foundation.kill(id, SIGHUP) }
    /// Kills it as a crash would.
    public func kill() { Foundation.kill(id, SIGKILL) }

    /// The processes that it started and that live.
    public var children: [OtherProcess] {
        Self.all.filter { process in
            // "pid (name) state parent …"; the name may hold anything, parentheses too.
            guard let stat = process.file("stat"), let name = stat.lastIndex(of: ")") else { return false }
            let fields = stat[name...].split(separator: " ")
            return fields.count > 2 && Int32(fields[2]) == id
        }
    }

    /// The one process of a program that has a text in its command line.
    public static func find(program: String, commandLine text: String) -> OtherProcess? {
        let found = all.filter { process in
            process.file("comm")?.hasPrefix(program) == true && process.file("cmdline")?.contains(text) == true
        }
        return found.count == 1 ? found[0] : nil
    }

    /// The one process of a program for which a condition holds.
    public static func find(program: String, where condition: (OtherProcess) -> Bool) -> OtherProcess? {
        let found = all.filter { $0.file("comm")?.hasPrefix(program) == true && condition($0) }
        return found.count == 1 ? found[0] : nil
    }

    /// Where it works; nil when that is not to be known.
    public var workingDirectory: String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(id)/cwd")
    }

    /// The descriptors that it has open.
    public var openFiles: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/fd"))?.count ?? 0
    }

    /// The memory that it has in use.
    public var residentKiB: Int {
        let line = file("status")?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
    }

    private static var all: [OtherProcess] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.map { OtherProcess(id: $0) }
    }

    private func file(_ name: String) -> String? {
        FileManager.default.contents(atPath: "/proc/\(id)/\(name)").map { String(decoding: $0, as: UTF8.self) }
    }
}
