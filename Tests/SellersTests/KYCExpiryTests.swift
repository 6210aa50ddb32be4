// SPDX-License-Identifier: Apache-2.0
import Logging
import MarketCore
import Postgres
import Testing

@testable import Sellers

/// Documents whose last day is over.
@Suite(.timeLimit(.minutes(2))) struct KYCExpiryTests {
    private static let sellers = """
        insert into sellers.sellers (id, slug, business_name, status, kyc_status) values
          (5, 'five', 'Five', 'active', 'verified'), (6, 'six', 'Six', 'active', 'verified'),
          (7, 'seven', 'Seven', 'pending_approval', 'needs_update');
        """

    /// The days are those of India, where it may be tomorrow already.
    private static let documents = """
        insert into sellers.kyc_documents (id, seller_id, type, status, file, media_type, size, sha256, reviewed_by, valid_until)
        select d.id, d.seller, d.type, d.status, lpad(d.id::text, 32, '0'), 'application/pdf', 1, sha256('x'), 1,
               (now() at time zone 'Asia/Kolkata')::date + d.days
          from (values (51, 5, 'pan', 'verified', -1), (52, 5, 'address_proof', 'verified', -400),
                       (53, 5, 'cancelled_cheque', 'verified', 0), (54, 5, 'signatory', 'rejected', -1),
                       (61, 6, 'pan', 'verified', 1), (62, 6, 'address_proof', 'verified', null),
                       (71, 7, 'pan', 'verified', -1)) d(id, seller, type, status, days)
        """

    private func expiry(_ fixture: SellersFixture) -> KYCExpiry {
        KYCExpiry(
            executor: fixture.pool.loop, clock: fixture.pool.loop, pool: fixture.pool,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func text(_ fixture: SellersFixture, _ sql: String) async throws -> String {
        try await fixture.pool.query(PostgresSQL(text: sql)).only().string(0)
    }

    @Test func documentsEndWithTheirLastDayAndTheirSellersAreTold() async throws {
        try await SellersFixture.with { fixture in
            for part in Self.sellers.split(separator: ";") where part.contains("insert") {
                try await fixture.pool.execute(PostgresSQL(text: String(part)))
            }
            try await fixture.pool.execute(PostgresSQL(text: Self.documents))
            #expect(await expiry(fixture).sweep() == 3)
            let documents = try await text(
                fixture, "select string_agg(id || ' ' || status, ', ' order by id) from sellers.kyc_documents")
            #expect(
                documents
                    == "51 expired, 52 expired, 53 verified, 54 rejected, 61 verified, 62 verified, 71 expired")
            let examinations = try await text(
                fixture,
                "select string_agg(id || ' ' || kyc_status, ', ' order by id) from sellers.sellers where id < 10")
            #expect(examinations == "5 needs_update, 6 verified, 7 needs_update")
            let events = try await text(
                fixture,
                """
                select string_agg(concat_ws(' ', aggregate_id, seq, type), ', ' order by aggregate_id, seq) from platform.outbox
                 where aggregate_type = 'seller'
                """)
            #expect(events == "5 1 kyc.expired, 5 2 kyc.expired, 5 3 kyc.needs_update, 7 1 kyc.expired")
            let steps = try await text(
                fixture,
                """
                select string_agg(concat_ws(' ', seller_id, subject, event, from_state, to_state, actor_type), ', ' order by id)
                  from sellers.history where subject = 'kyc'
                """)
            #expect(steps == "5 kyc require_update verified needs_update system")
            let acts = try await text(
                fixture, "select count(*) || ' ' || min(actor_type) from platform.audit where action like 'kyc.%'")
            #expect(acts == "4 system")
            // Once is enough.
            #expect(await expiry(fixture).sweep() == 0)
        }
    }

    @Test func oneSellerThatFailsKeepsNobodyElses() async throws {
        try await SellersFixture.with { fixture in
            for part in Self.sellers.split(separator: ";") where part.contains("insert") {
                try await fixture.pool.execute(PostgresSQL(text: String(part)))
            }
            try await fixture.pool.execute(PostgresSQL(text: Self.documents))
            try await fixture.pool.execute(
                """
                alter table sellers.sellers add constraint five_stays check (id <> 5 or kyc_status = 'verified') not valid
                """)
            #expect(await expiry(fixture).sweep() == 1)
            let expired: String = """
                select string_agg(id::text, ', ' order by id) from sellers.kyc_documents where status = 'expired'
                """
            #expect(try await text(fixture, expired) == "71")
            try await fixture.pool.execute("alter table sellers.sellers drop constraint five_stays")
            #expect(await expiry(fixture).sweep() == 2)
            #expect(try await text(fixture, expired) == "51, 52, 71")
        }
    }

    @Test func twoWhoLookAtOnceEndThemOnce() async throws {
        try await SellersFixture.with { fixture in
            for part in Self.sellers.split(separator: ";") where part.contains("insert") {
                try await fixture.pool.execute(PostgresSQL(text: String(part)))
            }
            try await fixture.pool.execute(PostgresSQL(text: Self.documents))
            let (one, other) = (expiry(fixture), expiry(fixture))
            async let first = one.sweep()
            async let second = other.sweep()
            let ended = await first + second
            #expect(ended == 3)
            let events = try await text(
                fixture, "select count(*)::text from platform.outbox where type = 'kyc.expired'")
            #expect(events == "3")
        }
    }
}
