// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListSessions {
    static let description = RouteDescription(
        tag: .accounts, summary: "List the caller's sessions",
        text: "The newest \(AccountsStore.sessionsMax) that are open.",
        answers: [
            .json(
                .ok, "The sessions.",
                .object([.required("data", .array(of: UserSchema.session))], isClosed: true).named("Sessions"))
        ])
}
