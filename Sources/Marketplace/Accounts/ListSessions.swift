// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/auth/sessions/`: the caller's open sessions, newest first.
struct ListSessions: Sendable {
    let dependencies: AccountsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let sessions = try await AccountsStore.sessions(of: caller.user, in: dependencies.pool.reads)
        return .json { json in
            json.array("data") { json in
                for session in sessions { session.write(to: &json, current: caller.session) }
            }
        }
    }
}
