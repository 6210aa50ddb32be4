// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/sellers/price-lists/assign/`: the companies that a list is for, all of them.
struct AssignPriceList: Sendable {
    let dependencies: PriceListDependencies

    private struct Input: Sendable {
        let id: PriceListID
        let companies: [CompanyID]
        let expectedVersion: Int64?
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let seller = try await dependencies.desk.seller(of: caller, mustBeActive: true)
        return try await dependencies.transactions.run(request, as: caller.principal, honoursIfMatch: true) {
            PriceListWork(try Self.read(request), of: seller)
        } _: { transaction, work in
            let store = PriceListStore(client: transaction)
            let input = work.input
            let outcome = try await store.assign(
                input.id, of: seller, to: input.companies, expectedVersion: input.expectedVersion)
            let act = PriceListWork<Input>.Act(
                name: "price_list.assigned", caller: caller, request: request, transaction: transaction)
            return try await work.answer(outcome, input.id, act) { company in
                "/company_ids/\(input.companies.firstIndex { $0.rawValue == company } ?? 0)"
            }
        } afterCommit: { work in
            await dependencies.changed(work.variants)
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let ifMatch = try EntityTag.expectedVersion(of: request)
        let (text, companies, version) = try request.json { body in
            (
                body.string("id", length: 1...64),
                body.strings("company_ids", count: 0...PriceList.companiesMax, length: 1...64),
                body.expectedVersion(ifMatch: ifMatch)
            )
        }
        guard let id = PriceListID(text) else { throw Problem(.notFound) }
        let found = try companies.enumerated().map { place, text in
            guard let company = CompanyID(text) else {
                throw Problem(
                    .notFound,
                    errors: [.init(pointer: "/company_ids/\(place)", code: "not-found", message: "unknown")])
            }
            return company
        }
        return Input(id: id, companies: found, expectedVersion: version)
    }
}
