// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// Somebody who has just given the password.
struct ProvenUser: Sendable {
    let user: User
    /// What the password was right for.
    let passwordHash: String
}

extension AccountsDependencies {
    /// This process and the others look a user's sessions up anew.
    func forget(_ user: UserID) async {
        states.forget(user)
        await news.announce(.users([user]))
    }

    /// A token of a mail that is not, or not any more, what it should be. All reasons look the same.
    static var proofRefused: Problem {
        Problem(
            .validationFailed, detail: "The token is wrong, was used, or is older than a day.",
            errors: [.init(pointer: "/token", code: "invalid", message: "wrong, used, or older than a day")])
    }

    /// The password that a logged-in user gives once more, checked like that of a login: failures count, and lock.
    func checkPassword(_ password: String, of caller: Caller) async throws -> ProvenUser {
        guard let user = try await AccountsStore.user(caller.user, in: pool.reads) else {
            throw Problem(.tokenInvalid, headers: [.authenticate("Bearer realm=\"mve\"")])
        }
        return ProvenUser(user: user, passwordHash: try await checkPassword(password, email: user.email))
    }

    /// Locks the row of somebody who gave the password before the transaction; it has to be the password still: who set another one
    /// meanwhile may have done it because of this request.
    func lock(_ proven: ProvenUser, in transaction: PostgresTransaction) async throws {
        guard let user = try await AccountsStore.lock(proven.user.id, in: transaction),
            user.passwordHash == proven.passwordHash
        else { throw LogIn.refusal }
    }
}
