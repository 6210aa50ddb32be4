// SPDX-License-Identifier: Apache-2.0
import HTTP
public import Logging
public import MarketCore
public import MarketHTTP
public import Postgres

/// Books what the provider has paid to the bank, as soon as it says so; the comparison of the day finds what it did not say.
///
/// An event names a settlement, perhaps a linked account's: the provider is asked, and knows only our own under our name. Fees are read
/// from the lines, which may come later than the event: then it is tried again.
///
/// - Isolation: call it on the loop of its pool.
public struct BookSettlement: Sendable {
    /// The jobs that this works off; the key is the provider's settlement.
    public static let kind = "settlement.book"

    private let store: ReconciliationStore
    private let client: RazorpayClient
    private let ids: IDGenerator
    private let logger: Logger

    /// Puts the parts together.
    public init(pool: PostgresPool, client: RazorpayClient, ids: IDGenerator, logger: Logger) {
        store = ReconciliationStore(pool: pool)
        self.client = client
        self.ids = ids
        self.logger = logger
    }

    /// Owes it, in the transaction of the event that tells of it.
    static func owe(_ settlement: String, in transaction: PostgresTransaction) async throws {
        try await JobStore.owe(kind, key: settlement, payload: Array("{}".utf8), in: transaction)
    }

    /// Works off one job; a second time changes nothing.
    ///
    /// - Throws: what is to be tried again.
    public func run(_ job: Job) async throws {
        guard RazorpayID.isValid(job.key) else { throw JobGivenUp("the job names no settlement") }
        guard let settlement = try await settlement(job.key) else { return }
        guard settlement.status == "processed" else { throw RazorpayError(.malformed, "it is \(settlement.status)") }
        let money = try await SettledMoney.read(settlement) { day, skip in
            try await client.settlementLines(of: day, skip: skip)
        }
        guard let money else { throw RazorpayError(.malformed, "the lines of \(job.key) are not what was paid") }
        try await store.book(money, entry: ids.nextRawValue())
    }

    /// nil: it is not our account's.
    private func settlement(_ id: String) async throws -> RazorpaySettlement? {
        do throws(RazorpayError) {
            return try await client.settlement(id)
        } catch {
            guard error.kind == .refused else { throw error }
            logger.notice("a settlement is not of our account", metadata: ["settlement": "\(id)"])
            return nil
        }
    }
}
