// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres

/// `POST /api/auth/password/forgot/`: a mail with which a new password can be set.
///
/// The answer and its time are the same whether there is such an account or not: the request only owes a job, and the job
/// looks. One address causes a mail in five minutes at most.
struct ForgotPassword: Sendable {
    let dependencies: AccountsDependencies

    private static let pauseSeconds: Int64 = 300

    @Sendable func answer(_ request: RequestContext) async throws -> HTTPResponse {
        let principal = dependencies.principals.principal(of: request, caller: nil, acceptsClientToken: false)
        return try await dependencies.transactions.run(request, as: principal) {
            try request.json { $0.string("email", length: 1...254) }.lowercased()
        } _: { transaction, email in
            let turn = dependencies.clock.now().seconds / Self.pauseSeconds
            var json = JSONWriter()
            json.object { $0.field("email", email) }
            try await JobStore.owe(
                ForgottenPasswords.kind, key: "\(SHA256.hash(email).hex.prefix(32)):\(turn)", payload: json.bytes,
                in: transaction)
            return HTTPResponse(.accepted)
        }
    }
}
