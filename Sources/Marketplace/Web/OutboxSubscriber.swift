// SPDX-License-Identifier: Apache-2.0
public import Postgres

/// Somebody who is told of committed events.
public struct OutboxSubscriber: Sendable {
    /// What is done once the transaction has committed; must not fail.
    public typealias Afterwards = @Sendable () async -> Void
    /// Takes events, each object's in its order, in the transaction that publishes them: what is written there, jobs and rows,
    /// commits with it or not at all. Taking an event again changes nothing.
    public typealias Take =
        @Sendable (_ events: [PublishedEvent], _ transaction: PostgresTransaction) async throws ->
        Afterwards?

    /// For the log.
    public let name: String
    let take: Take

    /// Names it.
    public init(_ name: String, take: @escaping Take) {
        self.name = name
        self.take = take
    }
}

extension [OutboxSubscriber] {
    /// Tells all of them; returns what is to be done after the commit.
    func take(
        _ events: [PublishedEvent], in transaction: PostgresTransaction
    ) async throws -> [OutboxSubscriber.Afterwards] {
        var afterwards: [OutboxSubscriber.Afterwards] = []
        for subscriber in self {
            if let own = try await subscriber.take(events, transaction) { afterwards.append(own) }
        }
        return afterwards
    }
}
