// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/catalog/products/set-approval/`: decides about one revision, or about up to 100, each for itself.
///
/// Each of several is a transaction of its own: a decision locks the stock of its product, for which orders wait. A call that
/// ends in the middle is repeated under its key, and finds what it has decided as it is.
///
/// - Errors: those of a single decision where one is sent; of several, each result has its own problem.
struct SetProductApproval: Sendable {
    static let items = 1...100

    let dependencies: ProductsDependencies

    private enum Input: Sendable {
        case one(ProductDecision)
        /// `items`, however many.
        case several([Item])
    }

    /// One of several.
    private struct Item: Sendable {
        /// As it was sent.
        let id: String
        /// nil: the id is none of a product.
        let decision: ProductDecision?
    }

    private enum Outcome: Sendable {
        case done(OwnedProduct)
        case failed(Problem)
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        switch Result(catching: { try Self.read(request) }) {
        case .success(.several(let items)): return try await decide(items, request, caller)
        case .success(.one(let decision)): return try await decide(.success(decision), request, caller)
        // What cannot be read is refused under its key, as everything is.
        case .failure(let error): return try await decide(.failure(error), request, caller)
        }
    }

    private func decide(
        _ one: Result<ProductDecision, any Error>, _ request: RequestContext, _ caller: Caller
    ) async throws -> HTTPResponse {
        try await dependencies.write(request, by: caller) {
            try one.get()
        } _: { act, writing, decision in
            try await decision.carryOut(act, writing).response()
        }
    }

    private func decide(
        _ items: [Item], _ request: RequestContext, _ caller: Caller
    ) async throws -> HTTPResponse {
        try await dependencies.phased.run(request, as: caller.principal, retention: IdempotencyHeader.retention) { _ in
        } call: {
            var outcomes: [ProductID: Outcome] = [:]
            var fault: (any Error)?
            for decision in items.compactMap(\.decision) {
                do {
                    outcomes[decision.product] = .done(try await carryOut(decision, request, caller))
                } catch let problem as Problem {
                    outcomes[decision.product] = .failed(problem)
                } catch let error as PostgresError where error.errorClass == .serialization {
                    // Nothing was done with it, however often it was tried.
                    outcomes[decision.product] = .failed(ErrorAnswers.problem(for: error) ?? Problem(.internalError))
                } catch let error as PostgresError where error.code == .server {
                    // A mistake of ours with one is no reason to leave the others.
                    fault = error
                }
            }
            if let fault { throw fault }
            return outcomes
        } finish: { _, _, outcomes in
            Self.response(items, outcomes)
        }
    }

    /// One of several, with its own commit, of which others are told at once.
    private func carryOut(
        _ decision: ProductDecision, _ request: RequestContext, _ caller: Caller
    ) async throws -> OwnedProduct {
        let writing = ProductWriting(ids: dependencies.ids)
        let options = PostgresTransactionOptions(retries: ProductsDependencies.retries)
        let product = try await dependencies.pool.withTransaction(options) { transaction in
            writing.begin()
            let act = ProductAct(transaction: transaction, caller: caller, request: request)
            return try await decision.carryOut(act, writing)
        }
        await dependencies.ports.changed(writing.changed)
        return product
    }

    private static func read(_ request: RequestContext) throws -> Input {
        try request.json { body in
            guard body.contains("items") else {
                return .one(try ProductDecision.read(&body, isApproved: nil))
            }
            let items = body.array("items", count: Self.items) {
                let (id, decision) = ProductDecision.readIfNamed(&$0, isApproved: nil)
                return Item(id: id, decision: decision)
            }
            let products = items.compactMap(\.decision?.product)
            if Set(products).count != products.count {
                body.fail("items", code: "repeated", message: "a product occurs twice")
            }
            return .several(items)
        }
    }

    private static func response(_ items: [Item], _ outcomes: [ProductID: Outcome]) -> HTTPResponse {
        var json = JSONWriter(capacity: 64 + items.count * 128)
        json.object { json in
            json.array("results") { json in
                for item in items {
                    json.object { json in
                        json.field("id", item.id)
                        switch item.decision.map({ outcomes[$0.product] }) ?? .failed(Problem(.notFound)) {
                        case .done(let product):
                            json.field("ok", true)
                            json.field("status", product.listing.rawValue)
                            json.field("moderation", product.moderation.rawValue)
                            json.field("version", product.version)
                        case .failed(let problem):
                            json.field("ok", false)
                            json.object("problem") { json in
                                json.field("code", problem.kind.code)
                                json.field("title", problem.kind.title)
                                json.field("status", problem.kind.status.code)
                                json.fieldIfPresent("detail", problem.detail)
                            }
                        case nil: json.field("ok", false)
                        }
                    }
                }
            }
        }
        return HTTPResponse(.ok, body: json.bytes)
    }
}
