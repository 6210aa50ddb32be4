// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/admin/catalog/products/set-approval/`: decides about one revision, or about up to 100, each for itself.
///
/// All are decided in one transaction, their products locked in the order of their ids; what is wrong with one leaves the others
/// alone.
///
/// - Errors: those of a single decision where one is sent; of several, each result has its own problem.
struct SetProductApproval: Sendable {
    static let items = 1...100

    let dependencies: ProductsDependencies

    private struct Work: Sendable {
        let decisions: [ProductDecision]
        /// Whether `items` was sent, however many.
        let isList: Bool
        let writing: ProductWriting
    }

    private enum Outcome: Sendable {
        case done(OwnedProduct)
        case failed(Problem)
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try prepared(request)
        } _: { transaction, work in
            let act = ProductAct(transaction: transaction, caller: caller, request: request)
            if !work.isList { return try await work.decisions[0].carryOut(act, work.writing).response() }
            var outcomes: [ProductID: Outcome] = [:]
            for decision in work.decisions.sorted(by: { $0.product < $1.product }) {
                do {
                    outcomes[decision.product] = .done(try await decision.carryOut(act, work.writing))
                } catch let problem as Problem {
                    outcomes[decision.product] = .failed(problem)
                }
            }
            return Self.response(work.decisions, outcomes)
        } afterCommit: { work in
            await dependencies.ports.changed(work.writing.changed)
        }
    }

    private func prepared(_ request: RequestContext) throws -> Work {
        let (decisions, isList) = try request.json { body in
            guard body.contains("items") else {
                return ([try ProductDecision.read(&body, isApproved: nil)], false)
            }
            let decisions = try body.array("items", count: Self.items) {
                try ProductDecision.read(&$0, isApproved: nil)
            }
            if Set(decisions.map(\.product)).count != decisions.count {
                body.fail("items", code: "repeated", message: "a product occurs twice")
            }
            return (decisions, true)
        }
        return Work(decisions: decisions, isList: isList, writing: ProductWriting(ids: dependencies.ids))
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
