// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// What all changes of a category have in common: the version, the refusals, and what is written down.
struct CategoryChange: Sendable {
    let id: CategoryID
    let expectedVersion: Int64?

    /// Changes the category in the transaction; the answer with what it is now, and whether its products are taxed otherwise.
    func save(
        _ action: String, by caller: Caller, in request: RequestContext, _ transaction: PostgresTransaction,
        _ change: (inout CategoryStore.Values) -> Void
    ) async throws -> HTTPResponse {
        let store = CategoryStore(client: transaction)
        guard let before = try await store.category(id) else { throw Problem(.notFound) }
        if let expectedVersion, expectedVersion != before.version {
            throw Problem.changedMeanwhile("category", version: before.version)
        }
        var values = before.values
        change(&values)
        guard values != before.values else { return before.response() }
        // What was read here may be changed before it is written: then it is the version that tells.
        try Self.check(try await store.save(id, values, expectedVersion: before.version))
        guard let after = try await store.category(id) else { throw Problem(.notFound) }
        try await AuditLog.append(
            action, by: caller, in: request, entityType: "category", entityID: id.rawValue, before: before.json,
            after: after.json, in: transaction)
        return after.response()
    }

    /// - Throws: the problem of an outcome that is none of success.
    static func check(_ outcome: CategoryStore.Outcome) throws {
        switch outcome {
        case .done: return
        case .notFound: throw Problem(.notFound)
        case .slugTaken: throw invalid("/slug", "taken", "another category's")
        case .tooDeep: throw invalid("/parent_id", "too-deep", "at most \(CategoryTree.depthMax) levels")
        case .tooMany: throw invalid("", "too-many", "at most \(CatalogStore.categoriesMax) categories")
        case .moved(let version): throw Problem.changedMeanwhile("category", version: version)
        case .noSuchParent: throw invalid("/parent_id", "not-found", "no such category")
        case .cycle: throw invalid("/parent_id", "cycle", "the category itself, or one below it")
        case .notEmpty:
            throw Problem(.illegalTransition, detail: "There are products or categories in it.")
        }
    }

    private static func invalid(_ pointer: String, _ code: String, _ message: String) -> Problem {
        Problem(.validationFailed, errors: [.init(pointer: pointer, code: code, message: message)])
    }

    /// The id of a text; 404 for one of the wrong form.
    static func id(_ text: String) throws -> CategoryID {
        guard let id = CategoryID(text) else { throw Problem(.notFound) }
        return id
    }

    /// A parent's id; 422 for a text that names none.
    static func parent(_ text: String?) throws -> CategoryID? {
        guard let text else { return nil }
        guard let id = CategoryID(text) else { throw invalid("/parent_id", "not-found", "no such category") }
        return id
    }
}
