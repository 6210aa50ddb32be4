// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketCrypto
import MarketHTTP
import Testing

@Suite struct AccessTokensTests {
    private let clock = ManualClock()
    private let user = UserID(rawValue: 42)
    private let session = SessionID(rawValue: 43)

    private func tokens(_ byte: UInt8 = 1) async throws -> AccessTokens {
        let secret = try #require(SecretKey([UInt8](repeating: byte, count: 32)))
        return await AccessTokens(secret: secret, clock: clock)
    }

    private func verify(_ token: String, _ tokens: AccessTokens) async -> Result<AccessClaims, AccessTokenError> {
        do throws(AccessTokenError) {
            return .success(try await tokens.verify(Array(token.utf8)))
        } catch {
            return .failure(error)
        }
    }

    /// A token with parts of one's own under a right signature of the key that the server derives.
    private func signed(header: String, payload: String) throws -> String {
        let secret = try #require(SecretKey([UInt8](repeating: 1, count: 32)))
        let input = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(payload.utf8))
        let code = HMACSHA256(key: secret.key(for: "access-token")).code(input)
        return input + "." + Base64URL.encode(code.bytes)
    }

    private func header(of token: String) throws -> String {
        let first = try #require(token.split(separator: ".").first)
        return String(decoding: try #require(Base64URL.decode(String(first))), as: UTF8.self)
    }

    @Test func acceptsWhatItIssued() async throws {
        let tokens = try await tokens()
        let token = try await tokens.issue(user: user, session: session, audience: .seller)
        let expected = AccessClaims(
            user: user, session: session, audience: .seller, expiresAt: clock.now() + AccessTokens.lifetime)
        #expect(await verify(token, tokens) == .success(expected))
        #expect(await verify(token, tokens) == .success(expected))
        #expect(token.utf8.count < 512)
    }

    @Test func tokensOfOneMomentDiffer() async throws {
        let tokens = try await tokens()
        let first = try await tokens.issue(user: user, session: session, audience: .all)
        let second = try await tokens.issue(user: user, session: session, audience: .all)
        #expect(first != second)
    }

    @Test(arguments: [true, false])
    func endsWithItsTime(isRemembered: Bool) async throws {
        let tokens = try await tokens()
        let token = try await tokens.issue(user: user, session: session, audience: .all)
        if isRemembered { _ = await verify(token, tokens) }
        clock.advance(by: AccessTokens.lifetime + AccessTokens.leeway - .seconds(1))
        guard case .success = await verify(token, tokens) else {
            Issue.record("refused within the leeway")
            return
        }
        clock.advance(by: .seconds(1))
        #expect(await verify(token, tokens) == .failure(.expired))
        #expect(await verify(token, tokens) == .failure(.expired))
    }

    @Test func isNotValidBeforeItsTime() async throws {
        let tokens = try await tokens()
        let token = try await tokens.issue(user: user, session: session, audience: .all)
        clock.advance(by: .seconds(-31))
        #expect(await verify(token, tokens) == .failure(.invalid))
    }

    @Test func refusesOtherKeys() async throws {
        let token = try await tokens(2).issue(user: user, session: session, audience: .all)
        #expect(await verify(token, try tokens(1)) == .failure(.invalid))
    }

    @Test func refusesEveryChangedCharacter() async throws {
        let tokens = try await tokens()
        let token = try await tokens.issue(user: user, session: session, audience: .all)
        let characters = Array(token.utf8)
        for index in characters.indices.dropLast() {
            var changed = characters
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let result = await verify(String(decoding: changed, as: UTF8.self), tokens)
            #expect(result == .failure(.invalid), "character \(index)")
        }
    }

    @Test(
        "refuses what is no token", arguments: ["", ".", "..", "a.b", "a.b.c.d", "eyJhbGciOiJub25lIn0.e30.", "é.é.é"])
    func refusesGarbage(text: String) async throws {
        #expect(await verify(text, try tokens()) == .failure(.invalid))
        #expect(await verify(String(repeating: "a", count: 1025), try tokens()) == .failure(.invalid))
    }

    @Test func theAlgorithmIsOurs() async throws {
        let tokens = try await tokens()
        let token = try await tokens.issue(user: user, session: session, audience: .all)
        let header = try header(of: token)
        let parts = token.split(separator: ".").map(String.init)
        let payload = String(decoding: try #require(Base64URL.decode(parts[1])), as: UTF8.self)
        // The same header under our signature is accepted; each departure from it is not.
        guard case .success = await verify(try signed(header: header, payload: payload), tokens) else {
            Issue.record("the test signs otherwise than the server")
            return
        }
        for (from, to) in [
            ("HS256", "none"), ("HS256", "HS512"), ("at+jwt", "JWT"), ("\"kid\":\"", "\"kid\":\"x"),
            ("{", "{\"crit\":[\"b64\"],"),
        ] {
            let changed = header.replacing(from, with: to, maxReplacements: 1)
            #expect(changed != header)
            #expect(
                await verify(try signed(header: changed, payload: payload), tokens) == .failure(.invalid), "\(changed)")
        }
        for (from, to) in [("\"mve\"", "\"evil\""), ("usr_", "ord_"), ("ses_", "usr_")] {
            let changed = payload.replacing(from, with: to)
            #expect(changed != payload)
            #expect(
                await verify(try signed(header: header, payload: changed), tokens) == .failure(.invalid), "\(changed)")
        }
    }

    @Test func keysAreReplacedWithoutLoggingAnybodyOut() async throws {
        let (old, new) = (try secret(1), try secret(2))
        let before = await AccessTokens(secret: old, clock: clock)
        let token = try await before.issue(user: user, session: session, audience: .all)
        // The new key signs; tokens of the old one are believed as long as it is declared.
        let rotated = await AccessTokens(secret: new, previous: [old], clock: clock)
        let fresh = try await rotated.issue(user: user, session: session, audience: .all)
        for token in [token, fresh] {
            guard case .success = await verify(token, rotated) else {
                Issue.record("refused")
                return
            }
        }
        #expect(try header(of: token) != header(of: fresh))
        #expect(await verify(fresh, before) == .failure(.invalid))
        let after = await AccessTokens(secret: new, clock: clock)
        #expect(await verify(token, after) == .failure(.invalid))
        // One key's name over another key's signature.
        let parts = token.split(separator: ".").map(String.init)
        let other = fresh.split(separator: ".").map(String.init)
        #expect(await verify([other[0], parts[1], parts[2]].joined(separator: "."), rotated) == .failure(.invalid))
    }

    private func secret(_ byte: UInt8) throws -> SecretKey {
        try #require(SecretKey([UInt8](repeating: byte, count: 32)))
    }

    @Test("refuses times that we never write", arguments: ["iat", "exp"])
    func boundsTimes(claim: String) async throws {
        let tokens = try await tokens()
        let token = try await tokens.issue(user: user, session: session, audience: .all)
        let parts = token.split(separator: ".").map(String.init)
        let payload = String(decoding: try #require(Base64URL.decode(parts[1])), as: UTF8.self)
        let far = (clock.now() + .seconds(48 * 3600)).seconds
        let changed = payload.replacing(try Regex("\"\(claim)\":[0-9]+"), with: "\"\(claim)\":\(far)")
        #expect(changed != payload)
        #expect(await verify(try signed(header: try header(of: token), payload: changed), tokens) == .failure(.invalid))
    }
}
