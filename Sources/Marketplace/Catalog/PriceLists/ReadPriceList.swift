// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/sellers/price-lists/detail/`: one list with its entries and the companies it is for.
struct ReadPriceList: Sendable {
    let dependencies: PriceListDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let seller = try await dependencies.desk.seller(of: caller, mustBeActive: false)
        guard let text = request.query["id"] else {
            throw Problem(
                .validationFailed, errors: [.init(pointer: "/id", code: "required", message: "id is required")])
        }
        guard let id = PriceListID(text),
            let (list, entries, companies) = try await PriceListStore(client: dependencies.pool).list(id, of: seller)
        else { throw Problem(.notFound) }
        return list.response(entries, companies)
    }
}
