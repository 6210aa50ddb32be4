// SPDX-License-Identifier: Apache-2.0
public import Logging
internal import Metrics
public import UVRuntime

/// Tells this process's memories of changes at once, gathers them for a moment, and notifies the other processes of all of them
/// in one statement.
///
/// News that cannot be sent are dropped and counted: the others' memories then grow old by themselves.
///
/// - Isolation: an actor on the process's first loop.
public final actor ChangeAnnouncer: LoopActor, ChangeNews {
    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let sender: Int
    private let store: ChangeStore
    private let logger: Logger
    /// This process's own memories; nil until they are there.
    private var here: (@Sendable (SharedChange) -> Void)?
    /// What waits for the next statement; nil in place of a set: too many to name, so all of them.
    private var waiting: [SharedChange.Kind: Set<Int64>?] = [:]
    private var isScheduled = false
    private let sent = Counter(label: "mve_news_total", dimensions: [("outcome", "sent")])
    private let dropped = Counter(label: "mve_news_total", dimensions: [("outcome", "dropped")])

    /// Changes of this time share a statement: at most fifty NOTIFY commits a second from a process, whatever it sells.
    static let pause: Duration = .milliseconds(20)
    /// Rows named in one statement (32 payloads); more is a bulk change, and "all of them" is shorter.
    static let rowsMax = 32 * ChangeMessage.rowsMax

    /// Makes an announcer.
    ///
    /// - Parameter sender: the worker number of this process.
    public init(executor: LoopExecutor, clock: any LoopClock, sender: Int, store: ChangeStore, logger: Logger) {
        self.executor = executor
        self.clock = clock
        self.sender = sender
        self.store = store
        self.logger = logger
    }

    /// Has this process's own memories told of every change before `announce` returns. The callback must not block.
    public func tellHere(_ here: @escaping @Sendable (SharedChange) -> Void) {
        self.here = here
    }

    public func announce(_ change: SharedChange) {
        let rows = change.rows
        guard rows?.isEmpty != true else { return }
        here?(change)
        guard !change.isToldByTables else { return }
        // The outer nil: nothing waits yet; the inner one: all wait already.
        let known = waiting[change.kind] ?? []
        guard let known, let rows else {
            waiting[change.kind] = .some(nil)
            return schedule()
        }
        let joined = known.union(rows)
        waiting[change.kind] = .some(joined.count <= Self.rowsMax ? joined : nil)
        schedule()
    }

    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        _ = clock.schedule(after: Self.pause) { [self] in
            assumeIsolated { me in
                _ = Task { await me.send() }
            }
        }
    }

    private func send() async {
        isScheduled = false
        let batch = waiting
        waiting = [:]
        for (kind, rows) in batch {
            let payloads = Self.payloads(sender, rows)
            do {
                try await store.notify(kind, payloads)
                sent.increment(by: payloads.count)
            } catch {
                dropped.increment(by: payloads.count)
                logger.warning("other processes were not told of changes", metadata: ["reason": "\(error)"])
            }
        }
    }

    static func payloads(_ sender: Int, _ rows: Set<Int64>?) -> [String] {
        guard let rows else { return [ChangeMessage(sender: sender, rows: nil).payload] }
        let sorted = rows.sorted()
        return stride(from: 0, to: sorted.count, by: ChangeMessage.rowsMax).map { start in
            let end = min(start + ChangeMessage.rowsMax, sorted.count)
            return ChangeMessage(sender: sender, rows: Array(sorted[start..<end])).payload
        }
    }
}
