// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import TestSupport
import Testing
import UVRuntime

@testable import Accounts

/// What closes an account or a session is told to every process with its commit: a process that dies before it announces anything
/// leaves nobody served elsewhere. The fixture announces nothing to other processes.
@Suite(.timeLimit(.minutes(2))) struct ClosingNewsTests {
    private enum Event: Sendable, Equatable {
        case missed
        case changed(SharedChange)
    }

    /// Another process, which hears until the body ends. What is told is told in order: each expectation reads the next.
    private static func listening(
        to fixture: AccountsFixture,
        _ body: (inout AsyncStream<Event>.Iterator) async throws -> Void
    ) async throws {
        let (events, report) = AsyncStream.makeStream(of: Event.self)
        let feed = ChangeFeed(
            configuration: PostgresConfiguration(url: fixture.url), loop: fixture.loop, own: 2,
            missed: { LoopExecutor.outside { _ = report.yield(.missed) } },
            changed: { change in LoopExecutor.outside { _ = report.yield(.changed(change)) } })
        await feed.start()
        var heard = events.makeAsyncIterator()
        #expect(await heard.next(isolation: nil) == .missed)
        try await body(&heard)
        await feed.stop()
    }

    @Test func everyEndIsToldWithItsCommit() async throws {
        try await AccountsFixture.withAdmin { fixture, admin, asha in
            let password = "correct horse battery"
            try await Self.listening(to: fixture) { heard in
                let told = Event.changed(.users([asha.user]))
                let second = try await fixture.logIn("asha@example.org", password)
                let access = try #require(try second.json["access"]?.string)
                let changed = try await fixture.call(
                    .put, "/api/auth/password/change/",
                    #"{"current_password":"\#(password)","password":"another horse battery"}"#, token: asha.access)
                #expect(changed.status == 204)
                #expect(await heard.next(isolation: nil) == told, "a password that is changed")
                // That session has ended; ending it again tells of nothing.
                #expect(try await fixture.call(.post, "/api/auth/logout/", token: access).status == 204)
                #expect(try await fixture.call(.post, "/api/auth/logout/", token: asha.access).status == 204)
                #expect(await heard.next(isolation: nil) == told, "a log-out")
                let third = try await fixture.logIn("asha@example.org", "another horse battery")
                #expect(third.status == 200)
                #expect(try await fixture.block("\(asha.user)", admin.access).status == 200)
                #expect(await heard.next(isolation: nil) == told, "a block")
                let end = try await fixture.call(
                    .post, "/api/auth/logout/", #"{"all_sessions":true}"#, token: admin.access)
                #expect(end.status == 204)
                #expect(await heard.next(isolation: nil) == .changed(.users([admin.user])), "nothing in between")
            }
        }
    }

    /// Whoever writes it: the tables tell.
    @Test func everyChangeOfWhatAUserMayDoIsTold() async throws {
        try await AccountsFixture.withAdmin { fixture, _, asha in
            let user = asha.user.rawValue
            let sessions = "(select id from accounts.sessions where user_id = \(user))"
            let steps: [(String, tells: Bool)] = [
                ("update accounts.users set full_name = 'Asha R', version = version + 1 where id = \(user)", false),
                ("update accounts.users set roles = '{customer,seller}' where id = \(user)", true),
                ("update accounts.users set roles = '{customer,seller}', status = status where id = \(user)", false),
                ("update accounts.users set permissions = '{orders:read}' where id = \(user)", true),
                ("update accounts.users set status = 'blocked' where id = \(user)", true),
                ("update accounts.sessions set last_used_at = now() where id in \(sessions)", false),
                ("update accounts.sessions set revoked_at = now(), revoke_reason = 'x' where id in \(sessions)", true),
                ("update accounts.sessions set revoked_at = null, revoke_reason = null where id in \(sessions)", true),
                ("insert into accounts.second_factors (user_id, secret) values (\(user), 'x')", false),
                ("update accounts.second_factors set last_step = 7 where user_id = \(user)", false),
                ("update accounts.second_factors set enrolled_at = now() where user_id = \(user)", true),
                ("delete from accounts.second_factors where user_id = \(user)", true),
                (
                    """
                    insert into companies.companies (id, legal_name, gstin, pan, billing_email)
                    values (1, 'Loom', '29AAGCB7383J1Z4', 'AAGCB7383J', 'a@b.example')
                    """, false
                ),
                ("insert into companies.members (company_id, user_id, role) values (1, \(user), 'viewer')", true),
                ("update companies.members set role = 'buyer' where user_id = \(user)", true),
                ("update companies.companies set legal_name = 'Loom Traders' where id = 1", false),
                ("update companies.companies set status = 'verified' where id = 1", true),
                ("delete from companies.members where user_id = \(user)", true),
                ("delete from accounts.sessions where id in \(sessions)", true),
            ]
            try await Self.listening(to: fixture) { heard in
                for (statement, tells) in steps {
                    try await fixture.pool.execute(PostgresSQL(text: statement))
                    // News of somebody else stand for "nothing came before".
                    try await fixture.pool.execute("select pg_notify('mve_users', '9:0')")
                    var next = await heard.next(isolation: nil)
                    #expect((next == .changed(.users([asha.user]))) == tells, "\(statement)")
                    if tells { next = await heard.next(isolation: nil) }
                    #expect(next == .changed(.users([UserID(rawValue: 0)])), "\(statement)")
                }
            }
        }
    }

    @Test func whatIsUndoneIsNotTold() async throws {
        struct Undone: Error {}
        try await AccountsFixture.withAdmin { fixture, admin, asha in
            try await Self.listening(to: fixture) { heard in
                await #expect(throws: Undone.self) {
                    try await fixture.pool.withTransaction { transaction in
                        try await AccountsStore.closeAll(of: asha.user, reason: "blocked", in: transaction)
                        throw Undone()
                    }
                }
                try await fixture.pool.withTransaction { transaction in
                    try await AccountsStore.closeAll(of: admin.user, reason: "blocked", in: transaction)
                }
                #expect(await heard.next(isolation: nil) == .changed(.users([admin.user])))
            }
        }
    }
}
