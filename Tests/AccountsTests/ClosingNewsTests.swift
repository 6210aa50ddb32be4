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
