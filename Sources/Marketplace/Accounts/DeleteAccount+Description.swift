// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension DeleteAccount {
    static let description = RouteDescription(
        tag: .accounts, summary: "Delete the account",
        text: """
            Closes the account at once: all sessions end, and nobody can log in. Orders that wait for their payment are given up. \
            Once the others have ended, name, addresses and everything else that tells who it was are removed; orders and their \
            bookkeeping stay. Memberships of companies end at once; the last admin of a company with other members stays. A seller \
            that never sold is closed with its owner's account; the owner of another one that is not closed stays.
            """,
        body: .json(
            .object([.required("password", .string(length: 1...1024, example: "customer-demo-2026"))])
                .named("AccountRemoval")),
        answers: [.empty(.accepted, "The account is closed and will be removed.")],
        problems: [.invalidCredentials, .forbidden, .illegalTransition])
}
