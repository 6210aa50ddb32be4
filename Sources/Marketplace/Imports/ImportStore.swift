// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Tabular

/// Imports in PostgreSQL.
enum ImportStore {
    private static let columns = """
        id, seller_id, user_id, kind, format, dry_run, file, file_size, state, failure, failure_note, position, line, header, \
        rows_ok, rows_failed, created_at, finished_at, expires_at
        """

    /// Adds an import, and owes its work and its end.
    static func insert(
        _ id: ImportID, of owner: TableOwner, _ kind: TableKind, _ format: TableFormat, isDryRun: Bool, file: String,
        size: Int, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> TableImport {
        let row = try await transaction.query(
            insertSQL, id.rawValue, owner.seller.rawValue, owner.user.rawValue, kind.rawValue, format.rawValue,
            isDryRun,
            file, size, Double(TableImport.keeping.components.seconds)
        ).only()
        try await JobStore.owe(ImportRunner.kind, key: "\(id.rawValue):0", payload: payload(id), in: transaction)
        try await JobStore.owe(
            ImportRunner.expiryKind, key: "\(id.rawValue)", after: TableImport.keeping, payload: payload(id),
            in: transaction)
        return try tableImport(row)
    }

    private static let insertSQL = PostgresSQL(
        text: """
            insert into imports.imports (id, seller_id, user_id, kind, format, dry_run, file, file_size, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(secs => $9)) returning \(columns)
            """)

    /// What jobs of an import are told.
    static func payload(_ id: ImportID) -> [UInt8] { Array("{\"id\":\(id.rawValue)}".utf8) }

    /// An import; nil where there is none.
    static func tableImport(_ id: ImportID, in client: some PostgresClient) async throws(PostgresError) -> TableImport?
    {
        try await client.first(readSQL, id.rawValue).map(tableImport)
    }

    private static let readSQL = PostgresSQL(text: "select \(columns) from imports.imports where id = $1")

    /// An import that stays as it is until the transaction ends.
    static func locked(
        _ id: ImportID, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> TableImport? {
        try await transaction.first(lockSQL, id.rawValue).map(tableImport)
    }

    private static let lockSQL = PostgresSQL(
        text: "select \(columns) from imports.imports where id = $1 order by id for update")

    /// The first faults, in the order of their lines.
    static func faults(
        of id: ImportID, limit: Int, in client: some PostgresClient
    ) async throws(PostgresError) -> [NumberedFault] {
        let rows = try await client.query(
            "select line, field, code, message from imports.row_errors where import_id = $1 order by line limit $2",
            id.rawValue, limit)
        var faults: [NumberedFault] = []
        for row in rows {
            let fault = RowFault(
                field: try row.stringOrNil(1), code: try row.string(2), message: try row.string(3))
            faults.append(NumberedFault(line: try row.int(0), fault: fault))
        }
        return faults
    }

    /// Those of some files that an import still works off.
    static func open(among files: [String], in client: some PostgresClient) async throws(PostgresError) -> Set<String> {
        var open = Set<String>()
        let rows = try await client.query(
            "select file from imports.imports where state in ('waiting', 'running') and file = any ($1)", files)
        for row in rows { open.insert(try row.string(0)) }
        return open
    }

    /// Removes an import with its faults.
    static func delete(_ id: ImportID, in client: some PostgresClient) async throws(PostgresError) {
        try await client.execute("delete from imports.imports where id = $1", id.rawValue)
    }

    private static func tableImport(_ row: PostgresRow) throws(PostgresError) -> TableImport {
        let failure: TableImport.Failure? =
            if let code = try row.stringOrNil(9) {
                TableImport.Failure(code: code, note: try row.stringOrNil(10) ?? "")
            } else {
                nil
            }
        return TableImport(
            id: ImportID(rawValue: try row.int64(0)),
            owner: TableOwner(
                seller: SellerID(rawValue: try row.int64(1)), user: UserID(rawValue: try row.int64(2))),
            kind: try word(row, 3, of: TableKind.self), format: try word(row, 4, of: TableFormat.self),
            isDryRun: try row.bool(5), file: try row.string(6), fileSize: try row.int(7),
            state: try word(row, 8, of: TableState.self), failure: failure,
            position: TablePosition(offset: try row.int(11), line: try row.int(12)),
            header: try row.decode(13, as: [String]?.self), rowsOK: try row.int(14), rowsFailed: try row.int(15),
            createdAt: Timestamp(microseconds: try row.timestamp(16)),
            finishedAt: try row.timestampOrNil(17).map { Timestamp(microseconds: $0) },
            expiresAt: Timestamp(microseconds: try row.timestamp(18)))
    }

    /// A word that the table's checks know.
    static func word<Word: RawRepresentable>(
        _ row: PostgresRow, _ column: Int, of type: Word.Type
    ) throws(PostgresError) -> Word where Word.RawValue == String {
        let text = try row.string(column)
        guard let word = Word(rawValue: text) else {
            throw PostgresError(.decoding, outcome: .unknown, "\(text) is not known here")
        }
        return word
    }
}
