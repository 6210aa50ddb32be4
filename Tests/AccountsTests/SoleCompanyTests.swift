// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres
import Testing

@testable import Accounts

/// The company whose prices a user is shown without naming it.
@Suite(.timeLimit(.minutes(2))) struct SoleCompanyTests {
    @Test func itIsTheOnlyOneAndTheUserMayBuyForIt() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.pool.execute(
                """
                insert into accounts.users (id, email, email_folded, password_hash, full_name, status)
                select g, 'u' || g || '@example.in', 'u' || g || '@example.in', 'x', 'Asha Rao', 'active'
                  from generate_series(1, 6) g
                """)
            try await fixture.pool.execute(
                "insert into accounts.sessions (id, user_id) select g, g from generate_series(1, 6) g")
            try await fixture.pool.execute(
                """
                insert into companies.companies (id, legal_name, gstin, pan, billing_email, status)
                select g, 'C', '29AAGCB7383J1Z' || g, 'AAGCB7383J', 'a@one.in', case g when 3 then 'pending' else 'verified' end
                  from generate_series(1, 3) g
                """)
            try await fixture.pool.execute(
                """
                insert into companies.members (company_id, user_id, role) values
                  (1, 1, 'buyer'), (2, 2, 'admin'), (1, 3, 'viewer'), (3, 4, 'admin'), (1, 5, 'buyer'), (2, 5, 'viewer')
                """)
            let sessions = (1...6).map { number in
                UserSession(user: UserID(rawValue: number), session: SessionID(rawValue: number))
            }
            let states = try await accountsUserStates(pool: fixture.pool)(sessions)
            #expect(states.count == 6)
            let companies = sessions.map { states[$0]?.company?.rawValue ?? 0 }
            #expect(companies == [1, 2, 0, 0, 0, 0])
            try await fixture.pool.execute("delete from companies.members where user_id = 5 and company_id = 2")
            let after = try await accountsUserStates(pool: fixture.pool)([sessions[4]])
            #expect(after[sessions[4]]?.company == CompanyID(rawValue: 1))
        }
    }
}
