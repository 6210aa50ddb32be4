// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres

/// `POST /api/auth/mfa/enroll/`: begins to enrol a second factor; it counts once a first code has come back.
struct EnrollSecondFactor: Sendable {
    let dependencies: AccountsDependencies

    private struct Prepared: Sendable {
        let proven: ProvenUser
        let secret: [UInt8]
        let sealed: [UInt8]
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal, isSecret: true) {
            let password = try request.json { $0.string("password", length: 1...1024) }
            let proven = try await dependencies.checkPassword(password, of: caller)
            let (secret, sealed) = dependencies.secondFactors.make(for: caller.user)
            return Prepared(proven: proven, secret: secret, sealed: sealed)
        } _: { transaction, prepared in
            try await dependencies.lock(prepared.proven, in: transaction)
            guard try await AccountsStore.beginSecondFactor(prepared.sealed, of: caller.user, in: transaction) else {
                throw Problem(.illegalTransition, detail: "A second factor is enrolled already.")
            }
            let text = OneTimeCode.text(of: prepared.secret)
            return .json { json in
                json.field("secret", text)
                json.field("uri", Self.uri(text, prepared.proven.user.email))
            }
        }
    }

    /// What authenticator applications read from a QR code.
    private static func uri(_ secret: String, _ email: String) -> String {
        "otpauth://totp/MVE:\(PercentEncoding.encode(email))?secret=\(secret)&issuer=MVE&algorithm=SHA1&digits=6&period=30"
    }
}
