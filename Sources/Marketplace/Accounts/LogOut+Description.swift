// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

extension LogOut {
    static let description = RouteDescription(
        tag: .accounts, summary: "Log out",
        text: """
            Closes the session of the access token, that of the refresh token where one is given, or all of the user's. Logging \
            out twice is no error. The body may be left out.
            """,
        body: .json(
            .object([
                .optional(
                    "refresh",
                    Schema.string(length: 1...512, example: "rt_m3Yx8cQ2vLw7Zp0RkT5bNf1JdHs9GuAe4oXiVq6yBtU").orNull),
                .optional("all_sessions", Schema.boolean(example: false).orNull.defaults(to: false)),
            ]).named("LogOut"), isRequired: false),
        answers: [.empty(.noContent, "The session is closed.")])
}
