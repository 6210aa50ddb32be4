// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP
import Testing

/// A second factor of Asha's, and the codes that an application would show.
extension AccountsFixture {
    func enrol(
        _ token: String?, password: String = "correct horse battery", key: String? = nil
    ) async throws -> Answer {
        try await call(.post, "/api/auth/mfa/enroll/", #"{"password":"\#(password)"}"#, token: token, key: key)
    }

    func verifyFactor(_ token: String?, _ code: String, key: String? = nil) async throws -> Answer {
        try await call(.post, "/api/auth/mfa/verify/", #"{"code":"\#(code)"}"#, token: token, key: key)
    }

    func logInWithFactor(otp: String? = nil, key: String? = nil) async throws -> Answer {
        let extra = otp.map { #","otp":"\#($0)""# } ?? ""
        return try await call(
            .post, "/api/auth/login/",
            #"{"email":"asha@example.org","password":"correct horse battery"\#(extra)}"#, key: key)
    }

    static func factorSecret(_ answer: Answer) throws -> [UInt8] {
        let text = try #require(try answer.json["secret"]?.string)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var bits: [Bool] = []
        for letter in text.utf8 {
            let value = try #require(alphabet.firstIndex(of: letter))
            bits += (0..<5).map { value & (16 >> $0) != 0 }
        }
        return stride(from: 0, to: bits.count, by: 8).map { start in
            bits[start..<start + 8].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
        }
    }

    func code(_ secret: [UInt8], stepsAhead: Int64 = 0) -> String {
        OneTimeCode.code(secret: secret, step: OneTimeCode.step(at: clock.now().seconds) + stepsAhead)
    }

    /// A user with a second factor: the secret, the token of the session that enrolled, the recovery codes.
    func enrolled() async throws -> (secret: [UInt8], access: String, recovery: [String]) {
        let asha = try await register()
        let secret = try Self.factorSecret(try await enrol(asha.access))
        let answer = try await verifyFactor(asha.access, code(secret))
        let recovery = try #require(try answer.json["recovery_codes"]?.elements).compactMap(\.string)
        return (secret, asha.access, recovery)
    }
}
