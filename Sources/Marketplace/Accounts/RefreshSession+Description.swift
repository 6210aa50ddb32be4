// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension RefreshSession {
    static let description = RouteDescription(
        tag: .accounts, summary: "Refresh the tokens",
        text: """
            A new pair for a refresh token. The old one stays valid until its successor is first used; presenting it after that is \
            `refresh-reused`, and the whole session is revoked.
            """,
        body: .json(
            .object([
                .required(
                    "refresh", .string(length: 1...512, example: "rt_m3Yx8cQ2vLw7Zp0RkT5bNf1JdHs9GuAe4oXiVq6yBtU"))
            ])
            .named("Refresh")),
        answers: [.json(.ok, "The new pair.", UserSchema.tokens)],
        problems: [.refreshInvalid, .refreshReused, .accountBlocked])
}
