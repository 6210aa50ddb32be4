// SPDX-License-Identifier: Apache-2.0
public import Logging
public import MarketCore
internal import Metrics
public import UVRuntime

/// Gathers changes for a moment and notifies the other processes of all of them in one statement.
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
    /// What waits for the next statement; nil in place of a set: too many to name, so all of them.
    private var waiting: [SharedChange: Set<VariantID>?] = [:]
    private var isScheduled = false
    private let sent = Counter(label: "mve_news_total", dimensions: [("outcome", "sent")])
    private let dropped = Counter(label: "mve_news_total", dimensions: [("outcome", "dropped")])

    /// Changes of this time share a statement: at most fifty NOTIFY commits a second from a process, whatever it sells.
    static let pause: Duration = .milliseconds(20)
    /// Variants named in one statement (32 payloads); more is a bulk change, and "all of them" is shorter.
    static let variantsMax = 32 * ChangeMessage.variantsMax

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

    public func announce(_ change: SharedChange, of variants: [VariantID]) {
        guard !variants.isEmpty else { return }
        // The outer nil: nothing waits yet; the inner one: all wait already.
        if let known = waiting[change] {
            guard let known else { return }
            let joined = known.union(variants)
            waiting[change] = .some(joined.count <= Self.variantsMax ? joined : nil)
        } else {
            waiting[change] = .some(variants.count <= Self.variantsMax ? Set(variants) : nil)
        }
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
        for (change, variants) in batch {
            let payloads = Self.payloads(sender, variants)
            do {
                try await store.notify(change, payloads)
                sent.increment(by: payloads.count)
            } catch {
                dropped.increment(by: payloads.count)
                logger.warning("other processes were not told of changes", metadata: ["reason": "\(error)"])
            }
        }
    }

    static func payloads(_ sender: Int, _ variants: Set<VariantID>?) -> [String] {
        guard let variants else { return [ChangeMessage(sender: sender, variants: nil).payload] }
        let sorted = variants.sorted { $0.rawValue < $1.rawValue }
        return stride(from: 0, to: sorted.count, by: ChangeMessage.variantsMax).map { start in
            let end = min(start + ChangeMessage.variantsMax, sorted.count)
            return ChangeMessage(sender: sender, variants: Array(sorted[start..<end])).payload
        }
    }
}
