// SPDX-License-Identifier: Apache-2.0
import Actors
import Metrics
import UVRuntime

/// Records how many messages wait in the mailboxes that lead to the database.
///
/// - Isolation: an actor on the first loop, where those mailboxes are.
final actor MailboxGauges: LoopActor {
    /// An actor's mailboxes.
    struct Source: Sendable {
        let actor: String
        /// Messages that wait, by shard.
        let depths: @Sendable () async -> [Int]
    }

    nonisolated let executor: LoopExecutor
    private let sources: [Source]
    private var gauges: [String: [Gauge]] = [:]

    /// Mailboxes fill and empty in fractions of a second; this shows those that stay full.
    static let pause = Duration.seconds(1)

    init(executor: LoopExecutor, sources: [Source]) {
        self.executor = executor
        self.sources = sources
    }

    /// Looks at all of them.
    func record() async {
        for source in sources {
            let depths = await source.depths()
            var known = gauges[source.actor] ?? []
            while known.count < depths.count {
                let dimensions = [("actor", source.actor), ("shard", "\(known.count)")]
                known.append(Gauge(label: "mve_mailbox_depth", dimensions: dimensions))
            }
            gauges[source.actor] = known
            for (gauge, depth) in zip(known, depths) { gauge.record(depth) }
        }
    }
}
