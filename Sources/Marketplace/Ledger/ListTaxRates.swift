// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/admin/tax-rates/`: all rates with their days and sources.
struct ListTaxRates: Sendable {
    static let description = RouteDescription(
        tag: .ledger, summary: "List tax rates",
        text: "By kind, the newest first: each is in force from its day in India until the next one's.",
        answers: [
            .json(
                .ok, "The rates.",
                .object(
                    [.required("data", .array(of: TaxRate.schema, count: 0...Int(TaxRateStore.ratesMax)))],
                    isClosed: true
                ).named("TaxRates"))
        ])

    let dependencies: LedgerDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let rates = try await TaxRateStore(client: dependencies.pool).rates()
        return .json(capacity: 2048) { json in
            json.array("data") { json in
                for rate in rates { json.value(rate) }
            }
        }
    }
}
