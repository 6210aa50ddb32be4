// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import TestRoutes
import TestSupport
import Testing

@testable import Notifications

@Suite(.timeLimit(.minutes(2))) struct TellReadersTests {
    @Test func tellsEachReaderOnceWithItsMail() async throws {
        try await NoticesFixture.with { shop in
            try await shop.confirm(1)
            try await shop.happen(
                "seller_order.placed", 81, 1,
                #"{"seller_order_id":81,"order_id":71,"seller_id":11,"user_id":1,"total_minor":100,"currency":"INR"}"#)
            #expect(try await shop.told() == "1 order.confirmed, 2 seller_order.placed")
            #expect(try await shop.mails() == "1 order.confirmed, 2 seller.new-order")
            #expect(
                shop.heard.changes.withLock { $0 } == [
                    .notifications([UserID(rawValue: 1)]), .notifications([UserID(rawValue: 2)]),
                ])
            // Handed on again, as after a crash: nobody is told twice.
            try await shop.base.pool.execute("update platform.outbox set xid = pg_current_xact_id()")
            await shop.publisher.run()
            #expect(try await shop.told() == "1 order.confirmed, 2 seller_order.placed")
            #expect(try await shop.mails() == "1 order.confirmed, 2 seller.new-order")
            #expect(try await shop.broken() == 0)
            let mail = try await shop.base.row(
                "select payload->>'data' as d from platform.jobs where payload->>'user' = '2'")
            #expect(mail.contains(#""business": "Loom""#) && mail.contains(#""amount": "₹1.00""#))
        }
    }

    @Test func tellsThoseWhoMayDecide() async throws {
        try await NoticesFixture.with { shop in
            try await shop.happen(
                "refund.requested", 5, 1,
                #"{"refund_id":5,"order_id":71,"user_id":1,"amount_minor":100,"currency":"INR"}"#)
            try await shop.happen(
                "payment.captured", 6, 1,
                #"{"payment_id":6,"order_id":71,"amount_minor":1,"currency":"INR","mismatch":false}"#)
            #expect(try await shop.told() == "3 refund.requested")
            try await shop.base.pool.execute("update accounts.users set permissions = '{super}' where id = 4")
            try await shop.happen(
                "payment.captured", 6, 2,
                #"{"payment_id":6,"order_id":71,"amount_minor":1,"currency":"INR","mismatch":true}"#)
            #expect(try await shop.told() == "3 refund.requested, 4 payment.captured@admin")
            #expect(try await shop.mails() == "-")
        }
    }

    @Test func keepsToWhatPeopleChose() async throws {
        try await NoticesFixture.with { shop in
            try await shop.base.pool.execute(
                """
                update accounts.users
                   set notification_preferences = '{"order":{"email":false},"payment":{"in_app":false},"refund":{"in_app":false,"email":false}}'
                """)
            try await shop.confirm(1)
            try await shop.happen(
                "payment.failed", 6, 1, #"{"payment_id":6,"order_id":71,"user_id":1,"amount_minor":1,"currency":"INR"}"#
            )
            try await shop.happen(
                "refund.processed", 5, 1,
                #"{"refund_id":5,"order_id":71,"user_id":1,"amount_minor":1,"currency":"INR"}"#)
            #expect(try await shop.told() == "1 order.confirmed")
            #expect(try await shop.mails() == "1 payment.failed")
        }
    }

    @Test func anEventOfNobodyIsHandedOnAndForgotten() async throws {
        try await NoticesFixture.with { shop in
            try await shop.happen("order.created", 71, 1, #"{"order_id":71,"user_id":1}"#)
            try await shop.happen("order.expired", 72, 1, #"{"order_id":72}"#)
            try await shop.happen("stock.low", 9, 1, #"{"variant_id":9,"seller_id":999}"#)
            #expect(try await shop.told() == "-")
            #expect(try await shop.base.row("select count(*) from platform.outbox_waiting_v1(0, 100)") == "0")
        }
    }

    @Test func forgetsWhoIsRemoved() async throws {
        try await NoticesFixture.with { shop in
            try await shop.confirm(2)
            try await shop.base.pool.withTransaction { transaction in
                try await notificationsForget(UserID(rawValue: 1), in: transaction)
            }
            #expect(try await shop.told() == "-")
            try await shop.base.pool.execute("update accounts.users set deleted_at = now() where id = 1")
            try await shop.confirm(1, first: 90)
            #expect(try await shop.told() == "-")
        }
    }

    @Test func everyNoticeHasItsTextInEveryLanguage() throws {
        let payload = #"{"order_id":1,"amount_minor":1,"currency":"INR","product":"P","business":"B"}"#
        let places = try #require(NoticeFacts(Array(payload.utf8))).places
        for notice in Notice.allCases {
            for language in MailLanguage.allCases {
                let text = language.text(of: notice)
                #expect(!text.title.isEmpty && !text.body.isEmpty)
                let filled = MailComposer.filled(text.title + text.body, places)
                #expect(!filled.contains("{"), "\(notice) \(language): \(filled)")
            }
            #expect(Notice.of(String(notice.type)).contains(notice))
        }
        #expect(Set(Notice.allCases.map { MailLanguage.hindi.text(of: $0).body }).count == Notice.allCases.count)
    }

    @Test(arguments: [
        (5, "₹0.05"), (123_456, "₹1,234.56"), (12_345_678_900, "₹12,34,56,789.00"), (-100, "-₹1.00"),
    ]) func writesMoneyAsInIndia(minor: Int64, text: String) {
        #expect(NoticeFacts.text(Money(minor: Int64(minor), currency: .inr)) == text)
    }

    @Test(
        arguments: [
            ([], MailLanguage.english), (["hi-IN, en;q=0.5"], .hindi), (["fr", "hi"], .hindi), (["fr, de"], .english),
        ] as [([String], MailLanguage)]) func choosesALanguage(lines: [String], language: MailLanguage)
    {
        #expect(MailLanguage(accepted: lines) == language)
    }
}
