// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

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
    func checkPassword(_ password: String, of caller: Caller) async throws -> User {
        guard let user = try await AccountsStore.user(caller.user, in: pool.reads) else {
            throw Problem(.tokenInvalid, headers: [.authenticate("Bearer realm=\"mve\"")])
        }
        try await checkPassword(password, email: user.email)
        return user
    }
}
