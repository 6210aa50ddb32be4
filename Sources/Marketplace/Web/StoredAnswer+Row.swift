// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import Postgres

extension StoredAnswer {
    /// Reads the answer of a key row from the columns that hold its status, fields and body; nil where its fields are not what
    /// `fieldBytes` wrote.
    ///
    /// - Throws: `PostgresError` for a column of another type.
    public init?(_ row: PostgresRow, status: Int, fields: Int, body: Int) throws(PostgresError) {
        self.init(
            status: try row.int(status), fieldBytes: try row.bytesOrNil(fields) ?? [],
            body: try row.bytesOrNil(body) ?? [])
    }
}
