// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres
import Tabular

extension ImportStore {
    /// What a chunk has come to.
    struct Progress: Sendable {
        /// Behind its last row.
        let position: TablePosition
        /// Of CSV, once it was read.
        let header: [String]?
        let rowsOK: Int
        let faults: [NumberedFault]
        let isEnd: Bool
    }

    /// Moves an import on that is locked.
    static func advance(
        _ before: TableImport, by progress: Progress, in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        let written = progress.faults.prefix(max(0, TableImport.faultsMax - before.rowsFailed))
        if !written.isEmpty {
            try await transaction.execute(
                """
                insert into imports.row_errors (import_id, line, field, code, message)
                select $1, * from unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) on conflict do nothing
                """, before.id.rawValue, written.map { Int64($0.line) }, written.map(\.fault.field),
                written.map(\.fault.code), written.map(\.fault.message))
        }
        try await transaction.execute(
            """
            update imports.imports
               set position = $2, line = $3, header = coalesce($4, header), rows_ok = rows_ok + $5, rows_failed = rows_failed + $6,
                   state = case when $7 then 'done' else 'running' end, finished_at = case when $7 then now() end,
                   updated_at = now()
             where id = $1
            """, before.id.rawValue, progress.position.offset, progress.position.line, progress.header,
            progress.rowsOK, progress.faults.count, progress.isEnd)
    }

    /// Ends an import that is locked before its end.
    static func fail(
        _ id: ImportID, _ failure: TableImport.Failure, in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        try await transaction.execute(
            """
            update imports.imports
               set state = 'failed', failure = $2, failure_note = $3, finished_at = now(), updated_at = now()
             where id = $1 and state in ('waiting', 'running')
            """, id.rawValue, failure.code, failure.note)
    }
}
