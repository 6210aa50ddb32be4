// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres
import TestSupport
import Testing
import UVRuntime

@testable import MarketApp

/// What contexts keep of somebody goes with the account.
@Suite(.timeLimit(.minutes(2))) struct ForgottenUserTests {
    private static let asha = UserID(rawValue: 7)

    @Test func cartAndMailsOfAUserGo() async throws {
        try await SeedFixture.withPool { pool, database in
            _ = try await database.sql(
                """
                insert into carts.carts (id, user_id) values (1, 7), (2, 8);
                insert into carts.cart_lines (cart_id, line_id, variant_id, quantity, note, unit_price_seen_minor)
                values (1, 1, 1, 1, 'for Asha''s mother', 100), (2, 2, 1, 1, 'blue', 100);
                """)
            try await pool.loop.run {
                try await pool.withTransaction { transaction in
                    try await MailQueue.enqueue(
                        [
                            Mail(.welcome, to: .user(Self.asha), key: "0"),
                            Mail(.deletionRequested, to: .address("Asha@example.org", name: "Asha Rao"), key: "1"),
                            Mail(
                                .emailChanged, to: .address("old@example.org", name: "Asha Rao"),
                                data: ["new_email": "asha@example.org"], key: "2"),
                            Mail(.welcome, to: .address("ravi@example.org", name: "Ravi"), key: "3"),
                            Mail(.welcome, to: .user(UserID(rawValue: 8)), key: "4"),
                        ], in: transaction)
                    try await transaction.execute(
                        "update platform.jobs set state = 'dead', last_error = 'no such mailbox'")
                    // One that is still tried.
                    try await MailQueue.enqueue(
                        Mail(.passwordChanged, to: .address("asha@example.org", name: "Asha Rao"), key: "5"),
                        in: transaction)
                }
                try await pool.withTransaction {
                    try await Shop.OrderCore.forgetUser(Self.asha, "asha@example.org", in: $0)
                }
                let notes = try await pool.query("select string_agg(note, ' ') from carts.cart_lines").only().string(0)
                #expect(notes == "blue")
                #expect(try await pool.query("select count(*) from carts.carts").only().int(0) == 1)
                let jobs = try await pool.query(
                    """
                    select string_agg(key || state || (payload = '{}') || (last_error is null), ' ' order by key)
                      from platform.jobs
                    """
                ).only().string(0)
                #expect(
                    jobs == "0donetruetrue 1donetruetrue 2donetruetrue 3deadfalsefalse 4deadfalsefalse 5readyfalsetrue")
            }
        }
    }
}
