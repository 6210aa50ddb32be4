// SPDX-License-Identifier: Apache-2.0

/// A long-running child process that cannot outlive us.
///
/// Between us and the program stands a shell whose standard input is a pipe of ours. The pipe closes when we ask it to
/// and also when we end in any way at all (the kernel does it), and then the shell sends the stop signal. Should the
/// shell itself be killed, the program gets the same signal from the kernel (`PR_SET_PDEATHSIG`). Everything runs in a
/// session of its own, so Ctrl-C at the terminal reaches us only and the order of stopping stays ours.
///
/// - Isolation: callable from anywhere; nothing here runs on an event loop.
public final class ServiceProcess: Sendable {
    /// How to tell that it is ready and how to stop it.
    public struct Options: Sendable {
        /// `INT`, `TERM` …: what asks the program to stop.
        public var stopSignal: String
        /// Recognises the line by which the program says that it is ready.
        public var isReady: @Sendable (String) -> Bool
        /// How long it may take to get there (crash recovery included).
        public var readyWithin: Duration
        /// Its log; nil keeps only the last lines, in memory.
        public var logFile: String?
        /// A directory that the shell removes when the program has ended, for tests.
        public var removeAtExit: String?

        /// Takes them as given.
        public init(
            stopSignal: String, readyWithin: Duration, logFile: String? = nil, removeAtExit: String? = nil,
            isReady: @escaping @Sendable (String) -> Bool
        ) {
            self.stopSignal = stopSignal
            self.isReady = isReady
            self.readyWithin = readyWithin
            self.logFile = logFile
            self.removeAtExit = removeAtExit
        }
    }

    /// The program's name, for messages.
    public let name: String
    private let shared: ServiceProcessState
    private let running: Task<String, Never>

    private init(name: String, shared: ServiceProcessState, running: Task<String, Never>) {
        self.name = name
        self.shared = shared
        self.running = running
    }

    /// Starts the program and returns when it is ready.
    ///
    /// - Throws: `.startFailed` with its last lines when it ends before, or is not ready in time (it is stopped then);
    ///   `.programMissing`.
    /// - Cancellation: the program is stopped and `.startFailed` thrown.
    @concurrent
    public static func start(
        _ command: ServiceCommand, _ options: Options
    ) async throws(LocalServiceError) -> ServiceProcess {
        let program = try command.words(parentDeathSignal: options.stopSignal)
        let supervisor = [
            "/bin/sh", "-c", ServiceProcessState.supervisor, "mve-" + command.name, options.stopSignal,
            options.removeAtExit ?? "",
        ]
        let configuration = command.subprocess(words: supervisor + program, createSession: true)
        let shared = ServiceProcessState(log: LogTail(path: options.logFile), isReady: options.isReady)
        let running = Task { @concurrent in await shared.run(configuration) }
        let process = ServiceProcess(name: command.name, shared: shared, running: running)
        switch await shared.firstEvent(within: options.readyWithin) {
        case .ready:
            return process
        case .ended(let how):
            throw LocalServiceError(.startFailed, service: command.name, message: how, log: shared.log.recent)
        case nil:
            await process.stop(within: .seconds(5))
            throw LocalServiceError(
                .startFailed, service: command.name, message: "was not ready within \(options.readyWithin)",
                log: shared.log.recent)
        }
    }

    /// The last lines of its log, oldest first.
    public var recentLog: [String] { shared.log.recent }

    /// The first logged line that fulfils a condition, among the last ones.
    public func recentLine(where condition: (String) -> Bool) -> String? { shared.log.recent.first(where: condition) }

    /// Asks the program to stop and returns when it has ended.
    ///
    /// - Parameter patience: after it the supervisor and the program are killed.
    /// - Cancellation: has no effect; a stop that has begun is carried through.
    @concurrent
    public func stop(within patience: Duration) async {
        shared.requestStop()
        let shared = self.shared
        let running = self.running
        let stopping = Task { @concurrent in
            await withTaskGroup(of: Void.self) { tasks in
                tasks.addTask { _ = await running.value }
                tasks.addTask {
                    do {
                        try await Task.sleep(for: patience)
                        shared.killAll()
                    } catch {
                        // Cancelled: the program has ended in time.
                    }
                }
                await tasks.next()
                tasks.cancelAll()
            }
        }
        await stopping.value
    }

    /// Kills the program without asking it, as a crash would, and returns when it has ended. Its directory stays.
    ///
    /// - Cancellation: has no effect.
    @concurrent
    public func kill() async {
        shared.killAll()
        _ = await running.value
    }

    /// Waits for the end, whoever caused it, and says how it came about.
    public func ended() async -> String { await running.value }
}
