// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import HTTPClient
public import Logging
import MarketCore
import Payments
import Postgres
import UVRuntime

/// What `mve reconcile` has found.
public struct ReconcileReport: Sendable {
    let run: Reconciliation
    let differences: [ReconciledDifference]

    /// Differences that are printed; the rest stands in the database.
    static let differencesMax = 1000

    /// Whether everything agrees, or was made to.
    public var isClean: Bool { run.open == 0 }

    /// `{…the run…, "differences":[…]}`
    public var json: String {
        var json = JSONWriter(capacity: 512 + differences.count * 192)
        json.object { json in
            run.writeMembers(to: &json)
            json.array("differences") { json in
                for difference in differences { json.value(difference) }
            }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// A line of totals, and one for each difference.
    public var text: String {
        let head =
            "\(run.matched) matched, \(run.missingHere) missing here, \(run.missingThere) missing there, "
            + "\(run.amountDiff) with other amounts; \(run.repaired) repaired, \(run.open) open"
        let lines = differences.map { difference in
            "\(difference.isRepaired ? "repaired" : "open"): \(difference.kind) \(difference.providerID) "
                + difference.difference.rawValue + (difference.note.map { " (\($0))" } ?? "")
        }
        return ([head] + lines).joined(separator: "\n")
    }
}

extension DependencyFailure {
    /// The payment provider, not the database.
    init(provider error: ProviderFailure) {
        self.init(text: "the payment provider cannot be used: \(error)")
    }
}

extension Maintenance {
    /// Compares a span with the provider, from here to its end.
    ///
    /// - Parameters:
    ///   - date: a day of the store's; nil with `since` nil: yesterday.
    ///   - since: an RFC 3339 time.
    /// - Throws: `ConfigurationError` without a provider, configured or of a server that runs here, or for a span that is none;
    ///   `DependencyFailure`, `ServiceFailure`.
    public static func reconcile(
        date: String?, since: String?, _ configuration: AppConfiguration, logger: Logger
    ) async throws -> ReconcileReport {
        let account = RazorpayAccount(try provider(of: configuration))
        return try await withServices(configuration, logger) { url, loop in
            try await withPool(url, loop, logger) { pool in
                let lease = try await WorkerLease.take(pool, on: loop, logger: logger)
                let report = try await loop.run {
                    let http = HTTPClient(loop: loop)
                    // Ids are made for as long as the lease runs.
                    _ = loop.schedule(every: WorkerLease.renewal) { loop.spawn { await lease.renew() } }
                    let result: Result<ReconcileReport, any Error>
                    do {
                        result = .success(
                            try await reconcile(date, since, account, http, pool, loop, lease.identity.ids, logger))
                    } catch let error as ProviderFailure {
                        result = .failure(DependencyFailure(provider: error))
                    } catch {
                        result = .failure(error)
                    }
                    await http.close()
                    await lease.release()
                    return try result.get()
                }
                return report
            }
        }
    }

    /// The configured provider; in development without one the sandbox that a server runs here.
    private static func provider(of configuration: AppConfiguration) throws -> AppConfiguration.Razorpay {
        switch configuration.payments {
        case .razorpay(let razorpay): return razorpay
        case .sandbox:
            let files = SandboxFiles(below: configuration.dataDirectory)
            if let razorpay = try files.read() { return razorpay }
            throw ConfigurationError(
                problems: [
                    .init(
                        key: "RAZORPAY_KEY_ID",
                        message: "must be set, or a server with its sandbox run here: there is no \(files.settingsPath)"
                    )
                ])
        }
    }

    private static func reconcile(
        _ date: String?, _ since: String?, _ account: RazorpayAccount, _ http: HTTPClient, _ pool: PostgresPool,
        _ loop: EventLoop, _ ids: IDGenerator, _ logger: Logger
    ) async throws -> ReconcileReport {
        let client = RazorpayClient(account: account, http: http)
        let store = PaymentStore(postgres: { pool }, writer: { pool })
        let news = PaymentNews(
            payments: PaymentActor(
                executor: loop, clock: loop, shardCount: 1, limits: PaymentLimits(), journal: store, logger: logger,
                random: { UInt64.random(in: 0...UInt64.max) }),
            inbox: ProviderInbox(executor: loop, pool: pool, ids: ids, refundNews: refundNews(ids)), client: client,
            ids: ids,
            // Who waits for an order looks at its row every second.
            orderChanged: { _ in }, logger: logger)
        let reconciler = Reconciler(
            pool: pool, client: client, news: news, ids: ids, wait: { try await loop.sleep(for: $0) }, logger: logger)
        guard let span = try await reconciler.span(date: date, since: since) else {
            throw ConfigurationError(
                problems: [.init(key: since == nil ? "--date" : "--since", message: "is no time that has begun")])
        }
        let id = ids.next(IDKinds.Reconciliation.self)
        try await reconciler.begin(span, id: id, origin: "command")
        guard let run = try await reconciler.advance(id, while: { true }) else {
            throw DependencyFailure("the run that was begun is gone")
        }
        return ReconcileReport(
            run: run,
            differences: try await reconciler.differences(of: id, limit: ReconcileReport.differencesMax))
    }
}
