// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/exports/create/`: a seller's own variants as a table, written afterwards. While one is being written, whoever asks for
/// the same is given that one.
///
/// - Errors: 422 for wrong fields.
struct CreateExport: Sendable {
    let dependencies: ImportsDependencies

    private struct Input: Sendable {
        let owner: TableOwner
        let kind: TableKind
        let format: TableFormat
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            let owner = try await dependencies.owner(caller)
            return try request.json { body in
                Input(
                    owner: owner, kind: body.choice("kind", of: TableKind.self),
                    format: body.optionalChoice("format", of: TableFormat.self) ?? .csv)
            }
        } _: { transaction, input in
            let made = try await ExportStore.insert(
                dependencies.ids.next(), of: input.owner, input.kind, input.format, file: TableFiles.newName(),
                in: transaction)
            return .json(made, .accepted)
        }
    }
}
