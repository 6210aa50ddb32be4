// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Tabular

/// `GET /api/imports/errors/`: the faults of an import as CSV, at most `TableImport.faultsMax` of them.
///
/// - Errors: 404 for another seller's.
struct DownloadImportFaults: Sendable {
    static let path = "/api/imports/errors/"

    let dependencies: ImportsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let found = try await dependencies.ownImport(request, caller)
        let faults = try await ImportStore.faults(
            of: found.id, limit: TableImport.faultsMax, in: dependencies.pool.reads)
        var csv = CSVWriter()
        for name in ["line", "column", "code", "message"] { csv.text(name) }
        csv.endRecord()
        for fault in faults {
            csv.number(Int64(fault.line))
            csv.optionalText(fault.fault.field)
            csv.text(fault.fault.code)
            csv.text(fault.fault.message)
            csv.endRecord()
        }
        return HTTPResponse(
            .ok, contentType: .other(TableFormat.csv.mediaType),
            headers: [HTTPHeader("Content-Disposition", "attachment; filename=\"\(found.id)-errors.csv\"")],
            body: csv.bytes)
    }
}
