// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres

/// Exports in PostgreSQL.
enum ExportStore {
    private static let columns =
        "id, seller_id, user_id, kind, format, state, file, bytes, after_id, rows, created_at, finished_at, expires_at"

    /// Adds an export, and owes its work and its end; gives the open one where the seller has one of the kind and format.
    static func insert(
        _ id: ExportID, of owner: TableOwner, _ kind: TableKind, _ format: TableFormat, file: String,
        in transaction: PostgresTransaction
    ) async throws(PostgresError) -> TableExport {
        let row = try await transaction.query(
            insertSQL, id.rawValue, owner.seller.rawValue, owner.user.rawValue, kind.rawValue, format.rawValue, file,
            Double(TableExport.keeping.components.seconds)
        ).only()
        let made = try tableExport(row)
        guard made.id == id else { return made }
        try await JobStore.owe(ExportRunner.kind, key: "\(id.rawValue):0", payload: payload(id), in: transaction)
        try await JobStore.owe(
            ExportRunner.expiryKind, key: "\(id.rawValue)", after: TableExport.keeping, payload: payload(id),
            in: transaction)
        return made
    }

    private static let insertSQL = PostgresSQL(
        text: """
            insert into imports.exports (id, seller_id, user_id, kind, format, file, expires_at)
            values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))
            on conflict (seller_id, kind, format) where state in ('waiting', 'running') do update set updated_at = now()
            returning \(columns)
            """)

    /// What jobs of an export are told.
    static func payload(_ id: ExportID) -> [UInt8] { Array("{\"id\":\(id.rawValue)}".utf8) }

    /// An export; nil where there is none.
    static func tableExport(_ id: ExportID, in client: some PostgresClient) async throws(PostgresError) -> TableExport?
    {
        try await client.first(readSQL, id.rawValue).map(tableExport)
    }

    private static let readSQL = PostgresSQL(text: "select \(columns) from imports.exports where id = $1")

    /// An export that stays as it is until the transaction ends.
    static func locked(
        _ id: ExportID, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> TableExport? {
        try await transaction.first(lockSQL, id.rawValue).map(tableExport)
    }

    private static let lockSQL = PostgresSQL(
        text: "select \(columns) from imports.exports where id = $1 order by id for update")

    /// Moves an export on that is locked.
    static func advance(
        _ id: ExportID, size: Int, after: Int64, rows: Int, isEnd: Bool, in transaction: PostgresTransaction
    ) async throws(PostgresError) {
        try await transaction.execute(
            """
            update imports.exports
               set bytes = $2, after_id = $3, rows = rows + $4, state = case when $5 then 'done' else 'running' end,
                   finished_at = case when $5 then now() end, updated_at = now()
             where id = $1
            """, id.rawValue, size, after, rows, isEnd)
    }

    /// Ends an export before its end; the name of its file, nil where it has ended otherwise.
    static func fail(_ id: ExportID, in client: some PostgresClient) async throws(PostgresError) -> String? {
        let row = try await client.first(
            """
            update imports.exports set state = 'failed', finished_at = now(), updated_at = now()
             where id = $1 and state in ('waiting', 'running') returning file
            """, id.rawValue)
        return try row?.string(0)
    }

    /// Those of some files that an export names.
    static func named(among files: [String], in client: some PostgresClient) async throws(PostgresError) -> Set<String>
    {
        var named = Set<String>()
        let rows = try await client.query(
            "select file from imports.exports where state <> 'failed' and file = any ($1)", files)
        for row in rows { named.insert(try row.string(0)) }
        return named
    }

    /// Removes an export.
    static func delete(_ id: ExportID, in client: some PostgresClient) async throws(PostgresError) {
        try await client.execute("delete from imports.exports where id = $1", id.rawValue)
    }

    private static func tableExport(_ row: PostgresRow) throws(PostgresError) -> TableExport {
        TableExport(
            id: ExportID(rawValue: try row.int64(0)),
            owner: TableOwner(
                seller: SellerID(rawValue: try row.int64(1)), user: UserID(rawValue: try row.int64(2))),
            kind: try ImportStore.word(row, 3, of: TableKind.self),
            format: try ImportStore.word(row, 4, of: TableFormat.self),
            state: try ImportStore.word(row, 5, of: TableState.self), file: try row.string(6),
            size: try row.int(7), after: try row.int64(8), rows: try row.int(9),
            createdAt: Timestamp(microseconds: try row.timestamp(10)),
            finishedAt: try row.timestampOrNil(11).map { Timestamp(microseconds: $0) },
            expiresAt: Timestamp(microseconds: try row.timestamp(12)))
    }
}
