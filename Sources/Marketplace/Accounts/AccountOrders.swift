// SPDX-License-Identifier: Apache-2.0
import HTTP
public import MarketCore
public import MarketHTTP

/// What becomes of the orders of an account that is stopped: owed by the transaction that stops it, done by a job.
enum AccountOrders {
    /// The kind of jobs that give up a user's unpaid orders.
    static let releaseKind = "account.release-orders"

    static func payload(of user: UserID) -> [UInt8] {
        var json = JSONWriter()
        json.object { $0.field("user_id", user.rawValue) }
        return json.bytes
    }

    static func user(of job: Job) throws -> UserID {
        guard let id = try? JSONDocument(parsing: job.payload).root["user_id"]?.int64 else {
            throw JobGivenUp("the job cannot be read")
        }
        return UserID(rawValue: id)
    }
}

/// What stopped accounts leave to be done, by the kind of the job.
///
/// - Parameter release: gives up all orders of a user that wait for their payment; once more changes nothing.
public func accountsOrderJobs(
    release: @escaping @Sendable (UserID) async throws -> Void
) -> [String: JobRunner.Handler] {
    [AccountOrders.releaseKind: { try await release(AccountOrders.user(of: $0)) }]
}
