// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres
import Testing

@testable import Notifications

@Suite(.timeLimit(.minutes(2))) struct SendMailTests {
    private static let mail = Mail(.passwordChanged, to: .user(MailFixture.asha), locale: "en")

    @Test func aServerTakesAMail() async throws {
        try await MailFixture.with { fixture in
            let token = fixture.tokens.make(for: "verify-email")
            let secret = try #require(fixture.tokens.text(of: token))
            try await fixture.enqueue(
                Mail(.verifyEmail, to: .address("ravi@example.org", name: "Ravi"), locale: "en", token: token))
            #expect(await fixture.toServer.run() == 1)
            #expect(fixture.server.mails.count == 1)
            let mail = try #require(fixture.server.mails.first)
            #expect(mail.from == "shop@mve.test" && mail.to == ["ravi@example.org"])
            #expect(mail.message.contains("\r\nSubject: Confirm your mail address\r\n"))
            #expect(mail.message.contains("\r\n\(secret)\r\n"))
            #expect(fixture.server.commands == ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"])
            // What was sent is of no more use to anybody.
            let left = try await fixture.pool.query("select state, payload::text from platform.jobs").only()
            #expect(try left.string(0) == "done" && left.string(1) == "{}")
        }
    }

    @Test func aUsersMailGoesToTheAddressOfToday() async throws {
        try await MailFixture.with { fixture in
            try await fixture.enqueue(Mail(.passwordChanged, to: .user(MailFixture.asha)))
            try await fixture.enqueue(Mail(.passwordChanged, to: .user(UserID(rawValue: 8))))
            #expect(await fixture.toServer.run() == 2)
            // In her own language; who is not there any more gets nothing, and nothing is owed.
            #expect(fixture.server.mails.map(\.to) == [["asha@example.org"]])
            #expect(fixture.server.mails.first?.message.contains("=?utf-8?B?") == true)
            #expect(try await fixture.states() == ["done 1", "done 1"])
        }
    }

    @Test("what a server may take later is sent again", arguments: ["MAIL", "RCPT", "DATA", "."])
    func triesAgain(command: String) async throws {
        try await MailFixture.with { fixture in
            try await fixture.enqueue(Self.mail)
            fixture.server.reactions[command] = .answer("451 later")
            #expect(await fixture.toServer.run() == 1)
            #expect(try await fixture.states() == ["ready 1"])
            fixture.server.reactions = [:]
            try await fixture.wait()
            #expect(await fixture.toServer.run() == 1)
            #expect(fixture.server.mails.count == 1)
            #expect(try await fixture.states() == ["done 2"])
        }
    }

    @Test("what a server never takes is given up at once", arguments: ["MAIL", "RCPT", "DATA", "."])
    func givesUp(command: String) async throws {
        try await MailFixture.with { fixture in
            try await fixture.enqueue(Self.mail)
            fixture.server.reactions[command] = .answer("550 never")
            #expect(await fixture.toServer.run() == 1)
            #expect(try await fixture.states() == ["dead 1"])
        }
    }

    @Test("a connection that breaks is tried again", arguments: ["CONNECT", "EHLO", "RCPT", "."])
    func survivesBrokenConnections(command: String) async throws {
        try await MailFixture.with { fixture in
            try await fixture.enqueue(Self.mail)
            fixture.server.reactions[command] = .hangUp
            #expect(await fixture.toServer.run() == 1)
            #expect(try await fixture.states() == ["ready 1"])
        }
    }

    /// The server may have taken the first copy: both bear one Message-ID.
    @Test func aSecondCopyIsKnownAsSuch() async throws {
        try await MailFixture.with { fixture in
            try await fixture.enqueue(Self.mail)
            for _ in 0..<2 {
                #expect(await fixture.toServer.run() == 1)
                try await fixture.pool.execute(
                    """
                    update platform.jobs set state = 'ready', run_at = now(),
                           payload = '{"template":"account.password-changed","user":7,"data":{}}'
                    """)
            }
            let ids = fixture.server.mails.map { mail in
                mail.message.split(separator: "\r\n").first { $0.hasPrefix("Message-ID:") }
            }
            #expect(ids.count == 2 && ids[0] == ids[1] && ids[0]?.hasSuffix("@mve.test>") == true)
        }
    }

    @Test func aFolderHoldsOneFileForEachMail() async throws {
        try await MailFixture.with { fixture in
            try await fixture.enqueue(Self.mail)
            try await fixture.enqueue(Self.mail)
            #expect(await fixture.toFolder.run() == 2)
            let written = fixture.written()
            #expect(written.count == 2 && written[0] != written[1])
            #expect(written.allSatisfy { $0.contains("To: \"Asha Rao\" <asha@example.org>\r\n") })
        }
    }

    @Test func aMailThatNobodyCanReadIsGivenUp() async throws {
        try await MailFixture.with { fixture in
            try await fixture.pool.execute(
                "insert into platform.jobs (kind, key, payload) values ('mail.send', 'x', '{\"template\":\"no\"}')")
            #expect(await fixture.toFolder.run() == 1)
            #expect(try await fixture.states() == ["dead 1"])
        }
    }
}
