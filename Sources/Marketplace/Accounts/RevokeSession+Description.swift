// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension RevokeSession {
    static let description = RouteDescription(
        tag: .accounts, summary: "End a session", text: "Its tokens are refused at once. Ending it again is no error.",
        body: .json(.object([.required("id", .id(SessionID.self))]).named("SessionChoice")),
        answers: [.empty(.noContent, "The session is closed.")], problems: [.notFound])
}
