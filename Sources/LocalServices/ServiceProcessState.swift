// SPDX-License-Identifier: Apache-2.0
import Glibc
import Subprocess
import Synchronization

/// What the task that runs a child shares with those who start, stop and watch it.
final class ServiceProcessState: Sendable {
    enum Event: Sendable {
        case ready
        case ended(String)
    }

    let log: LogTail
    private let isReady: @Sendable (String) -> Bool
    private let events: AsyncStream<Event>
    private let report: AsyncStream<Event>.Continuation
    private let stops: AsyncStream<Void>
    private let stop: AsyncStream<Void>.Continuation
    private let supervisorID = Mutex<pid_t?>(nil)

    /// Runs `"$@"` until it ends by itself or standard input closes; then sends it the signal `$1`. Ends with its status
    /// and, where `$2` names a directory, removes it.
    ///
    /// The watcher reads with a builtin, so ending it leaves no process behind. `wait` returns early when a trapped
    /// signal comes; the loop goes on until the program is gone. A signal that comes before the program is there is passed
    /// on once it is.
    static let supervisor = """
        signal=$1 remove=$2 child= early=; shift 2
        trap 'if [ -n "$child" ]; then kill -s "$signal" "$child" 2>/dev/null; else early=1; fi' TERM INT HUP
        exec 3<&0 </dev/null
        "$@" 3<&- &
        child=$!
        [ -z "$early" ] || kill -s "$signal" "$child" 2>/dev/null
        ( read -r _ <&3; kill -s "$signal" "$child" ) 2>/dev/null &
        watcher=$!
        exec 3<&-
        while :; do
            wait "$child"; status=$?
            kill -0 "$child" 2>/dev/null || break
        done
        kill "$watcher" 2>/dev/null
        [ -z "$remove" ] || rm -rf "$remove"
        exit "$status"
        """

    init(log: LogTail, isReady: @escaping @Sendable (String) -> Bool) {
        self.log = log
        self.isReady = isReady
        // Two events at most are ever sent; one pending stop request is as good as many.
        (events, report) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingOldest(2))
        (stops, stop) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Signals the supervisor, which passes the program's own signal on. Closing its input says the same, but a child that
    /// was started at the same moment may hold a copy of the pipe's end; so that way is left for our own death, and for a
    /// program whose number is not known yet.
    func requestStop() {
        let isSignalled = supervisorID.withLock { id in
            guard let id else { return false }
            return kill(id, SIGTERM) == 0
        }
        if !isSignalled { stop.yield() }
    }

    /// Kills the supervisor and the program; they share a process group that only they are in.
    func killAll() {
        supervisorID.withLock { id in
            if let id { kill(-id, SIGKILL) }
        }
    }

    /// The first event, or nil when none comes in time or the caller is cancelled.
    func firstEvent(within patience: Duration) async -> Event? {
        let events = self.events
        return await withTaskGroup(of: Event?.self) { tasks in
            tasks.addTask { await events.first { _ in true } }
            tasks.addTask {
                // Ends early only when cancelled, which means the same.
                _ = try? await Task.sleep(for: patience)
                return nil
            }
            let first = await tasks.next() ?? nil
            tasks.cancelAll()
            return first
        }
    }

    /// Runs the child to its end and says how it ended.
    @concurrent
    func run(_ configuration: Configuration) async -> String {
        var how: String
        do {
            let result = try await Subprocess.run(
                configuration, input: .inputWriter, output: .sequence, error: .combinedWithOutput
            ) { execution in
                self.supervisorID.withLock { $0 = execution.processIdentifier.value }
                // The id must not be signalled once the process may have been reaped.
                defer { self.supervisorID.withLock { $0 = nil } }
                try await self.follow(execution)
            }
            how = "ended: \(result.terminationStatus)"
        } catch {
            how = "could not be run: \(error)"
        }
        log.finish()
        report.yield(.ended(how))
        report.finish()
        return how
    }

    private func follow(_ execution: Execution<CustomWriteInput, SequenceOutput, CombinedErrorOutput>) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                for await _ in self.stops {
                    try await execution.standardInputWriter.finish()
                    return
                }
            }
            var announced = false
            for try await buffer in execution.standardOutput {
                let lines = buffer.withUnsafeBytes { self.log.append($0) }
                if !announced, lines.contains(where: isReady) {
                    announced = true
                    report.yield(.ready)
                }
            }
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
    }
}
