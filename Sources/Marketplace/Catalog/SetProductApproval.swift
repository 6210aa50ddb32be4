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

    private struct Input: Sendable {
        let decisions: [ProductDecision]
        /// Whether `items` was sent, however many.
        let isList: Bool
    }

    private enum Outcome: Sendable {
        case done(OwnedProduct)
        case failed(Problem)
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let input = Result { try Self.read(request) }
        if case .success(let several) = input, several.isList {
            return try await decide(several.decisions, request, caller)
        }
        // What cannot be read is refused under its key, as everything is.
        return try await dependencies.write(request, by: caller) {
            try input.get().decisions[0]
        } _: { act, writing, decision in
            try await decision.carryOut(act, writing).response()
        }
    }

    private func decide(
        _ decisions: [ProductDecision], _ request: RequestContext, _ caller: Caller
    ) async throws -> HTTPResponse {
        try await dependencies.phased.run(request, as: caller.principal, retention: IdempotencyHeader.retention) { _ in
        } call: {
            var outcomes: [ProductID: Outcome] = [:]
            var fault: (any Error)?
            for decision in decisions {
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
            Self.response(decisions, outcomes)
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
                return Input(decisions: [try ProductDecision.read(&body, isApproved: nil)], isList: false)
            }
            let decisions = try body.array("items", count: Self.items) {
                try ProductDecision.read(&$0, isApproved: nil)
            }
            if Set(decisions.map(\.product)).count != decisions.count {
                body.fail("items", code: "repeated", message: "a product occurs twice")
            }
            return Input(decisions: decisions, isList: true)
        }
    }

    private static func response(_ decisions: [ProductDecision], _ outcomes: [ProductID: Outcome]) -> HTTPResponse {
        var json = JSONWriter(capacity: 64 + decisions.count * 128)
        json.object { json in
            json.array("results") { json in
                for decision in decisions {
                    json.object { json in
                        json.field("id", decision.product)
                        switch outcomes[decision.product] {
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
