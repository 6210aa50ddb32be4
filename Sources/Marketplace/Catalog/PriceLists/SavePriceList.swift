// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/sellers/price-lists/create/` and `PUT …/update/`: a list and its prices; absent is unchanged, and entries are
/// all or as they are.
struct SavePriceList: Sendable {
    let dependencies: PriceListDependencies

    func create(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let seller = try await dependencies.desk.seller(of: caller, mustBeActive: true)
        return try await dependencies.transactions.run(request, as: caller.principal) {
            PriceListWork(try PriceListBody.new(request), of: seller)
        } _: { transaction, work in
            let store = PriceListStore(client: transaction)
            let id: PriceListID = dependencies.ids.next()
            let outcome = try await store.save(id, of: seller, work.input, isNew: true, expectedVersion: nil)
            let act = PriceListWork<PriceListStore.Values>.Act(
                name: "price_list.created", caller: caller, request: request, transaction: transaction)
            return try await work.answer(outcome, id, act, status: .created) {
                Self.pointer(to: $0, in: work.input.entries)
            }
        } afterCommit: { work in
            await dependencies.changed(work.variants)
        }
    }

    func update(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let seller = try await dependencies.desk.seller(of: caller, mustBeActive: true)
        return try await dependencies.transactions.run(request, as: caller.principal, honoursIfMatch: true) {
            PriceListWork(try PriceListBody.change(request), of: seller)
        } _: { transaction, work in
            let store = PriceListStore(client: transaction)
            let change = work.input
            guard let (current, _, _) = try await store.list(change.id, of: seller) else { throw Problem(.notFound) }
            // What is read here may be changed before it is written: then it is the version that tells.
            let outcome = try await store.save(
                change.id, of: seller, try change.values(after: current), isNew: false,
                expectedVersion: change.expectedVersion ?? current.version)
            let act = PriceListWork<PriceListBody.Change>.Act(
                name: "price_list.updated", caller: caller, request: request, transaction: transaction)
            return try await work.answer(outcome, change.id, act) { Self.pointer(to: $0, in: change.entries) }
        } afterCommit: { work in
            await dependencies.changed(work.variants)
        }
    }

    private static func pointer(to variant: Int64, in entries: [PriceList.Entry]?) -> String {
        "/entries/\(entries?.firstIndex { $0.variant.rawValue == variant } ?? 0)/variant_id"
    }
}
