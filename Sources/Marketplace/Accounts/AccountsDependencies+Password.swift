// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres

extension AccountsDependencies {
    /// Whether this is the password of the address; failures count against it, and a locked one is not looked at.
    ///
    /// - Returns: the stored hash that it is right for.
    /// - Throws: `Problem` 401 `invalid-credentials`, the same for every reason.
    func checkPassword(_ password: String, email: String) async throws -> String {
        let folded = email.lowercased()
        let emailHash = SHA256.hash(folded).bytes
        let credentials = try await AccountsStore.credentials(of: folded, emailHash: emailHash, in: pool.reads)
        guard !credentials.isLocked else { throw LogIn.refusal }
        let isRight = try await hasher.verify(password, against: credentials.account?.passwordHash)
        guard let account = credentials.account, isRight else {
            try await AccountsStore.countFailure(emailHash, in: pool)
            throw LogIn.refusal
        }
        return account.passwordHash
    }

    /// The hash of a new password.
    ///
    /// - Throws: `Problem` 422 `weak-password`.
    func hashNew(_ password: String, email: String) async throws -> String {
        // An address that was accepted once is one.
        let objection = EmailAddress(email).flatMap { PasswordPolicy.objection(to: password, email: $0) }
        if let objection {
            throw Problem(
                .weakPassword, detail: "The password \(objection).",
                errors: [.init(pointer: "/password", code: "weak-password", message: objection)])
        }
        return try await hasher.make(password)
    }
}
