// SPDX-License-Identifier: Apache-2.0
import Postgres
import TestSupport
import Testing

@testable import Accounts

/// How PostgreSQL finds people by parts of their names and numbers.
@Suite(.timeLimit(.minutes(4))) struct AdminUsersPlanTests {
    /// Forty thousand users of four hundred names; one of them is rare.
    private static let rows = """
        insert into accounts.users (id, email, email_folded, password_hash, full_name, phone, created_at)
        select g, m, m, '!', 'Given' || g % 20 || case when g = 77 then ' Featherstone' else ' Family' || g / 20 % 20 end,
               '+91' || 6000000000 + g * 7919, timestamptz '2025-01-01' + make_interval(mins => g)
          from generate_series(1, 40000) g, lateral (select 'user' || g || '@example.org') x(m);
        vacuum analyze accounts.users;
        """

    private static func plan(_ database: TestDatabase, _ beginning: String, _ part: String) async throws -> String {
        try await database.sql(
            """
            set plan_cache_mode = force_custom_plan;
            prepare page(timestamptz, bigint, text, text, text, text, timestamptz, timestamptz, bigint) as \(AccountsStore.usersPage.text);
            explain (costs off)
            execute page('infinity', 9223372036854775807, null, null, '\(beginning)', '\(part)', '-infinity', 'infinity', 21);
            """)
    }

    @Test func fewAreFoundByTheIndexesOfParts() async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(Self.rows)
            for (beginning, part) in [("herston%", "%herston%"), ("316796%", "%316796%")] {
                let plan = try await Self.plan(database, beginning, part)
                for index in ["users_by_email", "users_by_part_of_name", "users_by_part_of_phone"] {
                    #expect(plan.contains("on \(index)"), "\(part): \(plan)")
                }
                #expect(!plan.contains("Seq Scan"), "\(plan)")
            }
            // Of many only as many are read as the page has.
            let common = try await Self.plan(database, "fam%", "%fam%")
            #expect(common.contains("using users_newest"), "\(common)")
        }
    }

    @Test func aBeginningIsFoundByTheIndexesOfBeginnings() async throws {
        try await TestDatabase.with { database in
            _ = try await database.sql(Self.rows)
            let plan = try await Self.plan(database, "zq%", "zq%")
            #expect(plan.contains("on users_by_name") && plan.contains("on users_by_phone"), "\(plan)")
            #expect(!plan.contains("_part_of_"), "\(plan)")
        }
    }
}
