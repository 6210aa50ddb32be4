// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore
public import MarketHTTP
public import Postgres

/// What the notifications' endpoints are made of.
public struct NotificationsDependencies: Sendable {
    let pool: PostgresPool
    let gate: Gate
    let transactions: KeyedTransactions
    let cursors: CursorCodec
    let news: any ChangeNews
    let streams: NoticeStreams
    let seats: StreamSeats
    let wall: any WallClock

    /// Hands everything in.
    ///
    /// - Parameters:
    ///   - streams: those of the loop whose routes these are.
    ///   - seats: those of the process.
    public init(
        pool: PostgresPool, gate: Gate, transactions: KeyedTransactions, cursors: CursorCodec, news: any ChangeNews,
        streams: NoticeStreams, seats: StreamSeats, wall: any WallClock = SystemClock()
    ) {
        self.pool = pool
        self.gate = gate
        self.transactions = transactions
        self.cursors = cursors
        self.news = news
        self.streams = streams
        self.seats = seats
        self.wall = wall
    }
}

/// The endpoints of what the caller was told.
public func notificationRoutes(_ dependencies: NotificationsDependencies) -> [Route] {
    let gate = dependencies.gate
    let list = ListNotifications(dependencies: dependencies)
    let unread = CountUnread(dependencies: dependencies)
    let mark = MarkRead(dependencies: dependencies)
    let markAll = MarkAllRead(dependencies: dependencies)
    let stream = StreamNotifications(dependencies: dependencies)
    let preferences = ReadNotificationPreferences(dependencies: dependencies)
    let update = UpdateNotificationPreferences(dependencies: dependencies)
    return [
        gate.route(
            .get, ListNotifications.path, name: "notifications.list",
            query: Pages.parametersAndSort + ["unread_only", "type"]
        ) { try await list.handle($0, $1) }.described(as: ListNotifications.description),
        gate.route(.get, "/api/notifications/unread-count/", name: "notifications.unread-count") {
            try await unread.handle($0, $1)
        }.described(as: CountUnread.description),
        gate.route(.post, "/api/notifications/mark-read/", name: "notifications.mark-read", idempotency: .accepted) {
            try await mark.handle($0, $1)
        }.described(as: MarkRead.description),
        gate.route(
            .post, "/api/notifications/mark-all-read/", name: "notifications.mark-all-read", idempotency: .accepted
        ) { try await markAll.handle($0, $1) }.described(as: MarkAllRead.description),
        gate.route(.get, "/api/notifications/stream/", name: "notifications.stream") {
            try await stream.handle($0, $1)
        }.described(as: StreamNotifications.description),
        gate.route(.get, "/api/notifications/preferences/", name: "notifications.preferences") {
            try await preferences.handle($0, $1)
        }.described(as: ReadNotificationPreferences.description),
        gate.route(
            .put, "/api/notifications/preferences/", name: "notifications.preferences.update", idempotency: .accepted
        ) { try await update.handle($0, $1) }.described(as: UpdateNotificationPreferences.description),
    ]
}

/// Removes what somebody was told, with the account that is removed by the transaction.
public func notificationsForget(_ user: UserID, in transaction: PostgresTransaction) async throws {
    try await NotificationStore.forget(user, in: transaction)
}

/// How many notifications somebody has not read.
public func notificationsUnread(pool: PostgresPool) -> @Sendable (UserID) async throws -> Int {
    { try await NotificationStore.unread(of: $0, in: pool) }
}
