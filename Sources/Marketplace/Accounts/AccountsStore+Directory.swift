// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

extension AccountsStore {
    /// Names and mail addresses of users; who does not exist is left out.
    static func people(
        _ users: [UserID], in client: some PostgresClient
    ) async throws(PostgresError) -> [UserID: (name: String, email: String)] {
        var parameters = PostgresParameters()
        parameters.appendArray(users) { $0.rawValue }
        var people: [UserID: (name: String, email: String)] = [:]
        for row in try await client.query(
            "select id, full_name, email from accounts.users where id = any($1)", with: parameters)
        {
            people[UserID(rawValue: try row.int64(0))] = (try row.string(1), try row.string(2))
        }
        return people
    }
}
