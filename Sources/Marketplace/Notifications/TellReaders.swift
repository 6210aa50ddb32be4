// SPDX-License-Identifier: Apache-2.0
import HTTP
public import MarketCore
public import MarketHTTP
import Postgres

/// Makes notifications and mails of committed events: a subscriber of the outbox.
///
/// Both are written by the transaction that marks the events, and each is named after its event and reader: nobody is told twice,
/// whatever is handed on again. People who are connected hear of it after the commit.
///
/// - Cost: up to three statements for a batch of events, none for one without readers.
public struct TellReaders: Sendable {
    private let newID: @Sendable () -> NotificationID
    private let news: any ChangeNews

    /// Binds it.
    public init(newID: @escaping @Sendable () -> NotificationID, news: any ChangeNews) {
        self.newID = newID
        self.news = news
    }

    /// For the publisher.
    public var subscriber: OutboxSubscriber {
        OutboxSubscriber("notifications") { try await take($0, in: $1) }
    }

    private struct Item: Sendable {
        let event: EventID
        let payload: JSONValue
        let asked: NotificationStore.Asked
    }

    private func take(
        _ events: [PublishedEvent], in transaction: PostgresTransaction
    ) async throws -> OutboxSubscriber.Afterwards? {
        let items = try events.flatMap(Self.items)
        guard !items.isEmpty else { return nil }
        let readers = try await NotificationStore.readers(of: items.map(\.asked), in: transaction)
        var new: [NotificationStore.New] = []
        var mails: [Mail] = []
        for reader in readers {
            let item = items[reader.number]
            let facts = NoticeFacts.stored(of: item.payload, product: reader.product, business: reader.business)
            if reader.wantsIt {
                new.append(
                    .init(
                        id: newID().rawValue, user: reader.user, event: item.event, notice: item.asked.notice,
                        facts: facts))
            }
            if reader.wantsMail, let mail = Self.mail(item, reader, facts) { mails.append(mail) }
        }
        try await MailQueue.enqueue(mails, in: transaction)
        guard !new.isEmpty else { return nil }
        let told = try await NotificationStore.tell(new, in: transaction)
        guard !told.isEmpty else { return nil }
        let news = news
        return { await news.announce(.notifications(told)) }
    }

    /// The notices of an event.
    private static func items(of event: PublishedEvent) throws -> [Item] {
        let notices = Notice.of(event.event.type)
        guard !notices.isEmpty else { return [] }
        let payload = try JSONDocument(parsing: event.event.payload).root
        return notices.filter { $0.row.applies(to: payload) }.map { notice in
            Item(
                event: event.id, payload: payload,
                asked: .init(
                    notice: notice, user: payload["user_id"]?.int64, order: payload["order_id"]?.int64,
                    sellerOrder: payload["seller_order_id"]?.int64, seller: payload["seller_id"]?.int64,
                    product: payload["product_id"]?.int64, variant: payload["variant_id"]?.int64))
        }
    }

    private static func mail(_ item: Item, _ reader: NotificationStore.Reader, _ facts: [UInt8]) -> Mail? {
        guard let template = item.asked.notice.row.mail else { return nil }
        return Mail(
            template, to: .user(reader.user), data: NoticeFacts(facts)?.places ?? [:],
            key: "\(item.event)/\(item.asked.notice.rawValue)/\(reader.user)")
    }
}
