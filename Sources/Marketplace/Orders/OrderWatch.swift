// SPDX-License-Identifier: Apache-2.0
public import Logging
public import MarketCore
public import UVRuntime

/// Wakes requests that wait for a change of an order.
///
/// Whoever commits a change in this process calls `changed`; what other processes commit is found by one look a second at
/// all orders that are waited for. A waiting request holds a place here and nothing else, no connection to the database.
///
/// - Isolation: an actor on the process's first loop.
public final actor OrderWatch: LoopActor {
    /// Bounds of the waits.
    public struct Limits: Sendable {
        /// Waits of one process; a few hundred bytes each, and the look asks for at most as many orders.
        public var waits: Int
        /// Waits of one user: a few open windows; more is a client that has lost count.
        public var waitsPerUser: Int

        /// States the bounds.
        public init(waits: Int = 4096, waitsPerUser: Int = 8) {
            self.waits = waits
            self.waitsPerUser = waitsPerUser
        }
    }

    /// Why nobody can wait now.
    enum Refusal: Error {
        /// The process has all the waits it may have.
        case full
        /// The user has.
        case tooManyOfUser
    }

    /// A place in the watch: from before the order is read until the answer is given.
    struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private struct Place {
        let order: OrderID
        let user: UserID
        /// The newest version that the request has seen; nil before it has read the order.
        var known: Int64?
        /// Something happened since the order was last read.
        var hasFired = false
        var parked: LoopContinuation<Void>?
        var timer: (any ScheduledTimer)?
    }

    public nonisolated let executor: LoopExecutor
    private let clock: any LoopClock
    private let versions: @Sendable ([OrderID]) async throws -> [OrderID: Int64]
    private let limits: Limits
    private let logger: Logger
    private var places: [Ticket: Place] = [:]
    private var ofOrder: [OrderID: Set<Ticket>] = [:]
    private var ofUser: [UserID: Int] = [:]
    private var next: UInt64 = 0
    private var isLooking = false
    private var hasEnded = false

    /// Makes a watch; a timer calls `look`.
    ///
    /// - Parameter store: reads the versions of orders.
    public init(
        executor: LoopExecutor, clock: any LoopClock, store: OrderStore, limits: Limits = Limits(), logger: Logger
    ) {
        self.init(executor: executor, clock: clock, limits: limits, logger: logger) { try await store.versions(of: $0) }
    }

    init(
        executor: LoopExecutor, clock: any LoopClock, limits: Limits, logger: Logger,
        versions: @escaping @Sendable ([OrderID]) async throws -> [OrderID: Int64]
    ) {
        self.executor = executor
        self.clock = clock
        self.versions = versions
        self.limits = limits
        self.logger = logger
    }

    /// Requests that wait.
    public var waitCount: Int { places.count }

    // MARK: Who changes orders

    /// An order has changed; its commit is done.
    public func changed(_ order: OrderID) {
        for ticket in ofOrder[order] ?? [] { fire(ticket) }
    }

    /// Orders have changed; their commit is done.
    public func changed(_ orders: [OrderID]) {
        for order in orders { changed(order) }
    }

    /// Looks whether orders that are waited for have changed elsewhere: one statement for all, one at a time.
    public func look() async {
        guard !isLooking, !ofOrder.isEmpty else { return }
        isLooking = true
        defer { isLooking = false }
        do {
            let now = try await versions(Array(ofOrder.keys))
            for (ticket, place) in places {
                if let known = place.known, let version = now[place.order], version > known { fire(ticket) }
            }
        } catch {
            // The next look comes in a second; until then who waits is woken by this process's own changes or its time.
            logger.warning("looking for changed orders failed", metadata: ["reason": "\(error)"])
        }
    }

    /// Ends all waits and lets no further request wait: the server drains.
    public func end() {
        hasEnded = true
        for ticket in places.keys { fire(ticket) }
    }

    // MARK: Who waits

    /// Takes a place; from now on no change of the order is missed. Whoever takes one gives it back.
    func enter(_ order: OrderID, of user: UserID) throws(Refusal) -> Ticket {
        guard places.count < limits.waits else { throw .full }
        guard ofUser[user, default: 0] < limits.waitsPerUser else { throw .tooManyOfUser }
        next += 1
        let ticket = Ticket(number: next)
        places[ticket] = Place(order: order, user: user)
        ofOrder[order, default: []].insert(ticket)
        ofUser[user, default: 0] += 1
        return ticket
    }

    /// Gives a place back.
    func leave(_ ticket: Ticket) {
        guard let place = places.removeValue(forKey: ticket) else { return }
        place.timer?.cancel()
        place.parked?.resume()
        ofOrder[place.order]?.remove(ticket)
        if ofOrder[place.order]?.isEmpty == true { ofOrder[place.order] = nil }
        ofUser[place.user, default: 1] -= 1
        if ofUser[place.user] == 0 { ofUser[place.user] = nil }
    }

    /// Waits until something may have changed since the order was read, at most until `deadline`.
    ///
    /// - Parameters:
    ///   - known: the version that was read.
    ///   - deadline: nanoseconds of the loop's clock.
    /// - Returns: false once the time is over or the server drains: what was read is the answer.
    /// - Cancellation: has no effect; the time bounds it.
    func wait(_ ticket: Ticket, known: Int64, until deadline: UInt64) async -> Bool {
        guard !hasEnded, clock.now < deadline, var place = places[ticket] else { return false }
        place.known = known
        if place.hasFired {
            place.hasFired = false
            places[ticket] = place
            return true
        }
        places[ticket] = place
        // Nothing throws here: the continuation is resumed without an error.
        try? await withLoopContinuation { continuation in
            places[ticket]?.parked = continuation
            places[ticket]?.timer = clock.schedule(after: .nanoseconds(Int64(clamping: deadline - clock.now))) {
                self.assumeIsolated { $0.fire(ticket) }
            }
        }
        guard places[ticket]?.hasFired == true else { return false }
        places[ticket]?.hasFired = false
        return !hasEnded && clock.now < deadline
    }

    private func fire(_ ticket: Ticket) {
        guard var place = places[ticket] else { return }
        let parked = place.parked
        place.hasFired = true
        place.parked = nil
        place.timer?.cancel()
        place.timer = nil
        places[ticket] = place
        parked?.resume()
    }
}
