// SPDX-License-Identifier: Apache-2.0

/// Says why a private service (PostgreSQL, Redis, the provider's sandbox) could not be run.
///
/// The command line ends with exit code 3 on it. `description` is written for the person at the terminal and
/// carries the last lines of the child's own log, because they nearly always name the cause.
public struct LocalServiceError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Sendable, Equatable {
        /// The program is not installed.
        case programMissing
        /// A directory could not be made, entered or owned.
        case directoryUnusable
        /// Another process of ours holds the data directory.
        case inUse
        /// The program ended before it was ready, or did not become ready in time.
        case startFailed
        /// A one-off helper program (initdb, psql) failed.
        case commandFailed
        /// The program ended although nobody asked it to.
        case endedUnexpectedly
    }

    /// What kind of failure it is.
    public let code: Code
    /// The service or program, for example `postgres`.
    public let service: String
    /// One sentence for a person.
    public let message: String
    /// At most `LogTail.lineCountMax` lines, oldest first.
    public let log: [String]

    /// Makes one; `log` is what the child said last.
    public init(_ code: Code, service: String, message: String, log: [String] = []) {
        self.code = code
        self.service = service
        self.message = message
        self.log = log
    }

    /// The whole of it, the log lines indented below.
    public var description: String {
        let head = "\(service): \(message)"
        return log.isEmpty ? head : head + "\n" + log.map { "  | \($0)" }.joined(separator: "\n")
    }
}
