// SPDX-License-Identifier: Apache-2.0
public import MarketCore

/// How the shop is, all at once: what the database says for all processes, and what the answering process says of itself.
public struct ShopOverview: Sendable {
    /// Something that must hold at every moment.
    public struct Invariant: Sendable {
        let name: String
        let holds: Bool
        let offenders: Int64
        let since: Timestamp?

        /// - Parameters:
        ///   - offenders: rows that broke it, by the worst look at it.
        ///   - since: when one was found last; nil: never, or long ago.
        public init(name: String, holds: Bool, offenders: Int64, since: Timestamp?) {
            self.name = name
            self.holds = holds
            self.offenders = offenders
            self.since = since
        }
    }

    /// A process that serves.
    public struct Node: Sendable {
        let worker: Int
        let leaseUntil: Timestamp
        let leads: Bool

        /// - Parameters:
        ///   - worker: the number that it makes ids with.
        ///   - leads: whether it does what one process does for all.
        public init(worker: Int, leaseUntil: Timestamp, leads: Bool) {
            self.worker = worker
            self.leaseUntil = leaseUntil
            self.leads = leads
        }
    }

    /// What the database says.
    public struct Shared: Sendable {
        /// Orders that were made within the last minute.
        public var ordersOfMinute: Int64 = 0
        /// Payments that were begun and have not ended.
        public var openPayments: Int64 = 0
        /// Reservations of unpaid orders.
        public var held: Int64 = 0
        /// Seconds for which the oldest of them has been held.
        public var oldestHeldSeconds: Int64 = 0
        /// Provider events that were not applied yet, and seconds since the oldest came.
        public var inboxWaiting: Int64 = 0
        /// Seconds since the oldest of them came.
        public var inboxLagSeconds: Int64 = 0
        /// Seconds since the oldest event of the outbox was written that is not handed on.
        public var outboxLagSeconds: Int64 = 0
        /// The processes, by their numbers.
        public var nodes: [Node] = []
        /// What must hold, by name.
        public var invariants: [Invariant] = []

        /// Nothing yet.
        public init() {}
    }

    /// A pool of connections.
    public struct Pool: Sendable {
        let name: String
        let idle: Int
        let busy: Int
        let waiting: Int

        /// - Parameters:
        ///   - busy: connections at work.
        ///   - waiting: callers that wait for one.
        public init(name: String, idle: Int, busy: Int, waiting: Int) {
            self.name = name
            self.idle = idle
            self.busy = busy
            self.waiting = waiting
        }
    }

    /// What the answering process says of itself.
    public struct Own: Sendable {
        /// Microseconds within which half of the requests of the last minute were answered; nil: there were none.
        public var p50: Int64?
        /// Microseconds within which 99 of 100 were.
        public var p99: Int64?
        /// Messages that wait, by actor.
        public var mailboxes: [(actor: String, waiting: Int)] = []
        /// Connections to the database.
        public var pools: [Pool] = []

        /// Nothing yet.
        public init() {}
    }

    let shared: Shared
    let own: Own

    /// Both together.
    public init(shared: Shared, own: Own) {
        self.shared = shared
        self.own = own
    }
}
