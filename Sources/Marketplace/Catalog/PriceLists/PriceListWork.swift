// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization

/// What a change of a price list asks for, and what its transaction left for after the commit.
struct PriceListWork<Input: Sendable>: Sendable {
    let input: Input
    let seller: SellerID
    private let touched = Touched()

    private final class Touched: Sendable {
        let variants = Mutex<[VariantID]>([])
    }

    /// What is written down of a change, and where.
    struct Act {
        let name: String
        let caller: Caller
        let request: RequestContext
        let transaction: PostgresTransaction
    }

    init(_ input: Input, of seller: SellerID) {
        self.input = input
        self.seller = seller
    }

    /// Variants that have another price for somebody.
    var variants: [VariantID] { touched.variants.withLock { $0 } }

    /// The answer to a change: the list as it is now.
    ///
    /// - Parameter pointer: where the unknown things stand in the body.
    func answer(
        _ outcome: PriceListStore.Outcome, _ id: PriceListID, _ act: Act, status: HTTPStatus = .ok,
        pointer: (Int64) -> String
    ) async throws -> HTTPResponse {
        let store = PriceListStore(client: act.transaction)
        switch outcome {
        case .saved(let variants): touched.variants.withLock { $0 = variants }
        case .notFound: throw Problem(.notFound)
        case .moved(let version):
            throw Problem.changedMeanwhile("price list", version: version)
        case .unknown(let rows):
            throw Problem(
                .notFound, errors: rows.map { .init(pointer: pointer($0), code: "not-found", message: "unknown") })
        }
        guard let (list, entries, companies) = try await store.list(id, of: seller) else { throw Problem(.notFound) }
        var json = JSONWriter(capacity: 256)
        list.write(to: &json)
        try await AuditLog.append(
            act.name, by: act.caller, in: act.request, entityType: "price_list", entityID: id.rawValue,
            after: json.bytes, in: act.transaction)
        return list.response(entries, companies, status: status)
    }
}
