// SPDX-License-Identifier: Apache-2.0
public import Logging
public import MarketCore
public import MarketHTTP
public import Postgres
public import UVRuntime

/// The streams of one loop: wakes those whose users have something new, and looks after all of them with each heartbeat.
///
/// Nothing is asked for a single stream while nothing happens: news say whose to look at, and one statement in fifteen seconds compares all
/// users of the loop with their counters, for news that were lost.
///
/// - Isolation: an actor on its loop.
public final actor NoticeStreams: LoopActor {
    public nonisolated let executor: LoopExecutor
    nonisolated let clock: any LoopClock
    nonisolated let logger: Logger
    private let pool: PostgresPool
    private let gate: Gate
    private let pause: Duration
    private var open: [ObjectIdentifier: NoticeStream] = [:]
    private var ofUser: [UserID: Set<ObjectIdentifier>] = [:]
    private var timer: (any ScheduledTimer)?
    private var isComparing = false

    /// Between two heartbeats: common proxies close what is silent for 30 to 60 seconds.
    public static let heartbeat: Duration = .seconds(15)

    /// Makes an empty one.
    ///
    /// - Parameter pause: between heartbeats.
    public init(
        executor: LoopExecutor, clock: any LoopClock, pool: PostgresPool, gate: Gate,
        pause: Duration = NoticeStreams.heartbeat, logger: Logger
    ) {
        self.executor = executor
        self.clock = clock
        self.pool = pool
        self.gate = gate
        self.pause = pause
        self.logger = logger
    }

    /// How many are open.
    public var count: Int { open.count }

    func add(_ stream: NoticeStream) {
        open[ObjectIdentifier(stream)] = stream
        ofUser[stream.caller.user, default: []].insert(ObjectIdentifier(stream))
        scheduleBeat()
    }

    func remove(_ stream: NoticeStream) {
        let id = ObjectIdentifier(stream)
        open[id] = nil
        ofUser[stream.caller.user]?.remove(id)
        if ofUser[stream.caller.user]?.isEmpty == true { ofUser[stream.caller.user] = nil }
        if open.isEmpty {
            timer?.cancel()
            timer = nil
        }
    }

    private func streams(of users: [UserID]?) -> [NoticeStream] {
        guard let users else { return Array(open.values) }
        return users.flatMap { ofUser[$0] ?? [] }.compactMap { open[$0] }
    }

    // MARK: News

    /// Users have something new, or have read something; nil: anybody may.
    public func changed(_ users: [UserID]?) {
        for stream in streams(of: users) { stream.assumeIsolated { $0.look() } }
    }

    /// What users may do has changed; nil: of anybody. Streams of those who may not be here any more end.
    public func review(_ users: [UserID]?) async {
        for stream in streams(of: users) {
            if await !gate.stillAdmits(stream.caller) { stream.assumeIsolated { $0.end(.refused) } }
        }
    }

    // MARK: Heartbeats

    private func scheduleBeat() {
        guard timer == nil else { return }
        timer = clock.schedule(after: pause) { [weak self] in
            self?.assumeIsolated { streams in
                streams.timer = nil
                streams.beat()
            }
        }
    }

    private func beat() {
        guard !open.isEmpty else { return }
        for stream in Array(open.values) { stream.assumeIsolated { $0.beat() } }
        scheduleBeat()
        guard !isComparing else { return }
        isComparing = true
        Task {
            await compare()
            await review(nil)
            isComparing = false
        }
    }

    /// Finds what no news told of.
    private func compare() async {
        do {
            let counters = try await NotificationStore.counters(of: Array(ofUser.keys), in: pool)
            for (user, counter) in counters {
                for stream in streams(of: [user]) {
                    stream.assumeIsolated { if $0.isBehind(counter) { $0.look() } }
                }
            }
        } catch {
            logger.warning("streams were not compared with their counters", metadata: ["reason": "\(error)"])
        }
    }
}
