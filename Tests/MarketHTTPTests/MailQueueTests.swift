// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres
import TestSupport
import Testing
import UVRuntime

@Suite(.timeLimit(.minutes(2))) struct MailQueueTests {
    private func tokens(_ seeds: UInt8...) throws -> MailTokens {
        MailTokens(secrets: try seeds.map { try #require(SecretKey([UInt8](repeating: $0, count: 32))) })
    }

    @Test func aMailIsAJobOfTheTransaction() async throws {
        let tokens = try tokens(1)
        try await TestPool.with { _, pool in
            let token = tokens.make(for: "verify-email")
            let mail = Mail(
                .verifyEmail, to: .address("asha@example.org", name: "Asha \"Rao\""), locale: "hi-IN",
                data: ["when": "today", "a": "b\r\nc"], token: token)
            try await pool.withTransaction { try await MailQueue.enqueue(mail, in: $0) }
            let row = try await pool.query(
                "select payload from platform.jobs where kind = 'mail.send' and state = 'ready'"
            )
            .only()
            let read = try #require(Mail(payload: try row.bytes(0)))
            #expect(read.template == .verifyEmail && read.recipient == mail.recipient && read.locale == "hi-IN")
            #expect(read.data == mail.data && read.token == token)
        }
    }

    @Test func aNamedMailIsOwedOnce() async throws {
        try await TestPool.with { _, pool in
            for _ in 0..<2 {
                try await MailQueue.enqueue(Mail(.welcome, to: .user(UserID(rawValue: 7)), key: "welcome:7"), in: pool)
                try await MailQueue.enqueue(Mail(.passwordChanged, to: .user(UserID(rawValue: 7))), in: pool)
            }
            #expect(try await pool.query("select count(*) from platform.jobs").only().int(0) == 3)
        }
    }

    @Test func theDatabaseDoesNotHoldTheSecret() throws {
        let tokens = try tokens(1)
        let token = tokens.make(for: "reset-password")
        let text = try #require(tokens.text(of: token))
        #expect(text.utf8.count == MailTokens.textCount && MailTokens.hash(of: text) == token.hash)
        #expect(Base64URL.encode(token.nonce) != text && Base64URL.encode(token.hash) != text)
        // Another server's secret cannot write it out, and another purpose has another text.
        #expect(try self.tokens(2).text(of: token) == nil)
        let moved = MailToken(purpose: "verify-email", nonce: token.nonce, hash: token.hash)
        #expect(tokens.text(of: moved) == nil)
    }

    @Test func whatWaitsIsStillWrittenOutAfterTheSecretChanged() throws {
        let token = try tokens(1).make(for: "reset-password")
        let rotated = try tokens(2, 1)
        #expect(rotated.text(of: token) != nil)
        #expect(try tokens(2).text(of: rotated.make(for: "reset-password")) != nil)
    }

    @Test func readsOnlyItsOwn() {
        for text in ["{}", "[]", "", #"{"template":"nobody","user":7}"#, #"{"template":"account.welcome"}"#] {
            #expect(Mail(payload: Array(text.utf8)) == nil, "\(text)")
        }
    }
}
