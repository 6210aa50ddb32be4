// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// Cuts a child's output into lines, keeps the last ones in memory and writes all of them to a bounded file.
///
/// - Limits: a line is cut at `lineBytesMax`; `lineCountMax` lines are kept; the file is renamed to `<path>.old` when it
///   passes `fileBytesMax`, so a service that complains for weeks takes at most twice that.
/// - Isolation: callable from any thread; the lock is held for one write at most.
final class LogTail: Sendable {
    /// Enough to hold a PostgreSQL error with its detail, hint and statement, and to fit on a screen.
    static let lineCountMax = 40
    /// Longer lines are statements; their beginning says enough.
    static let lineBytesMax = 4 * 1024
    static let fileBytesMax = 8 * 1024 * 1024

    private struct State {
        var partial: [UInt8] = []
        var recent: [String] = []
        var descriptor: Int32 = -1
        var written = 0
    }

    private let path: String?
    private let state: Mutex<State>

    /// - Parameter path: the log file, appended to; nil keeps lines in memory only. A file that cannot be opened is
    ///   not an error: the service matters more than its log.
    init(path: String?) {
        self.path = path
        var state = State()
        if let path {
            state.descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
            state.written = state.descriptor >= 0 ? max(0, Int(lseek(state.descriptor, 0, SEEK_END))) : 0
        }
        self.state = Mutex(state)
    }

    deinit {
        state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } }
    }

    /// The last lines, oldest first.
    var recent: [String] { state.withLock { $0.recent } }

    /// Takes what the child wrote and returns the lines that it completed.
    func append(_ bytes: some Sequence<UInt8>) -> [String] {
        state.withLock { state in
            var lines: [String] = []
            for byte in bytes {
                if byte == UInt8(ascii: "\n") {
                    let line = String(decoding: state.partial, as: UTF8.self)
                    state.partial.removeAll(keepingCapacity: true)
                    lines.append(line)
                    record(line, in: &state)
                } else if state.partial.count < Self.lineBytesMax {
                    state.partial.append(byte)
                }
            }
            return lines
        }
    }

    /// Ends an unfinished last line; called once when the child has closed its output.
    func finish() {
        state.withLock { state in
            guard !state.partial.isEmpty else { return }
            let line = String(decoding: state.partial, as: UTF8.self)
            state.partial.removeAll()
            record(line, in: &state)
        }
    }

    private func record(_ line: String, in state: inout State) {
        state.recent.append(line)
        if state.recent.count > Self.lineCountMax { state.recent.removeFirst() }
        guard state.descriptor >= 0, let path else { return }
        if state.written > Self.fileBytesMax {
            close(state.descriptor)
            rename(path, path + ".old")
            state.descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
            state.written = 0
        }
        var bytes = Array(line.utf8)
        bytes.append(UInt8(ascii: "\n"))
        let count = write(state.descriptor, bytes, bytes.count)
        if count > 0 { state.written += count }
    }
}
