// SPDX-License-Identifier: Apache-2.0
internal import CLibPQ

// @unchecked: a PGresult never changes after it was made; the reading functions touch nothing else.
/// The rows of one statement, kept in libpq's own memory and decoded on access.
public final class PostgresRows: RandomAccessCollection, @unchecked Sendable {
    private let result: OpaquePointer
    /// Number of rows.
    public let count: Int

    /// Takes the result over.
    init(_ result: OpaquePointer) {
        self.result = result
        count = Int(PQntuples(result))
    }

    deinit {
        PQclear(result)
    }

    /// Always 0.
    public var startIndex: Int { 0 }
    /// The number of rows.
    public var endIndex: Int { count }

    /// The row at a position, 0 first.
    public subscript(position: Int) -> PostgresRow {
        precondition(position >= 0 && position < count, "row out of range")
        return PostgresRow(rows: self, index: position)
    }

    /// Number of columns.
    public var columnCount: Int { Int(PQnfields(result)) }

    /// Rows that the statement inserted, updated, deleted or returned.
    public var affected: Int {
        guard let text = PQcmdTuples(result) else { return 0 }
        return Int(String(cString: text)) ?? 0
    }

    /// The command's tag, such as `INSERT 0 1` or `COMMIT`.
    public var command: String {
        PQcmdStatus(result).map { String(cString: $0) } ?? ""
    }

    /// A column's position by its name; nil when there is none.
    public func column(named name: String) -> Int? {
        let number = PQfnumber(result, name)
        return number < 0 ? nil : Int(number)
    }

    /// The only row.
    ///
    /// - Throws: `.decoding` when there is none or more than one.
    public func only() throws(PostgresError) -> PostgresRow {
        guard count == 1 else {
            throw PostgresError(.decoding, outcome: .unknown, "\(count) rows where one was expected")
        }
        return self[0]
    }

    var byteCount: Int { PQresultMemorySize(result) }

    /// Valid while the result lives.
    func cell(row: Int, column: Int) throws(PostgresError) -> PostgresCell {
        let (row32, column32) = (Int32(truncatingIfNeeded: row), Int32(truncatingIfNeeded: column))
        guard column >= 0 && column < columnCount else {
            throw PostgresError(.decoding, outcome: .unknown, "column \(column) does not exist")
        }
        let type = PostgresType(rawValue: PQftype(result, column32))
        if PQgetisnull(result, row32, column32) != 0 { return PostgresCell(type: type, bytes: nil, column: column) }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(result, row32, column32), count: Int(PQgetlength(result, row32, column32)))
        return PostgresCell(type: type, bytes: bytes, column: column)
    }
}

/// One row of a result. Columns are counted from 0; the accessors throw `.decoding` when type or NULL do not fit.
public struct PostgresRow: Sendable {
    let rows: PostgresRows
    let index: Int

    /// Decodes a column as the wanted type; an optional type takes NULL.
    public func decode<Value: PostgresDecodable>(
        _ column: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        // The cell points into the result, so the result must outlive the decoding.
        defer { withExtendedLifetime(rows) {} }
        return try Value.decode(try rows.cell(row: index, column: column))
    }

    /// Whether the column is NULL.
    public func isNull(_ column: Int) throws(PostgresError) -> Bool {
        try rows.cell(row: index, column: column).isNull
    }

    /// `smallint`.
    public func int16(_ column: Int) throws(PostgresError) -> Int16 { try decode(column) }
    /// `smallint` or `integer`.
    public func int32(_ column: Int) throws(PostgresError) -> Int32 { try decode(column) }
    /// Any integer type.
    public func int64(_ column: Int) throws(PostgresError) -> Int64 { try decode(column) }
    /// Any integer type.
    public func int(_ column: Int) throws(PostgresError) -> Int { try decode(column) }
    /// `boolean`.
    public func bool(_ column: Int) throws(PostgresError) -> Bool { try decode(column) }
    /// `double precision` or `real`.
    public func double(_ column: Int) throws(PostgresError) -> Double { try decode(column) }
    /// Any text type, an enum, or JSON.
    public func string(_ column: Int) throws(PostgresError) -> String { try decode(column) }
    /// `bytea`, or the text of JSON.
    public func bytes(_ column: Int) throws(PostgresError) -> [UInt8] { try decode(column) }
    /// `uuid`.
    public func uuid(_ column: Int) throws(PostgresError) -> PostgresUUID { try decode(column) }
    /// `timestamptz` as microseconds since 1970.
    public func timestamp(_ column: Int) throws(PostgresError) -> Int64 {
        try decode(column, as: PostgresTimestamp.self).microseconds
    }

    /// `smallint` or NULL.
    public func int16OrNil(_ column: Int) throws(PostgresError) -> Int16? { try decode(column) }
    /// `smallint`, `integer` or NULL.
    public func int32OrNil(_ column: Int) throws(PostgresError) -> Int32? { try decode(column) }
    /// Any integer type or NULL.
    public func int64OrNil(_ column: Int) throws(PostgresError) -> Int64? { try decode(column) }
    /// Any integer type or NULL.
    public func intOrNil(_ column: Int) throws(PostgresError) -> Int? { try decode(column) }
    /// `boolean` or NULL.
    public func boolOrNil(_ column: Int) throws(PostgresError) -> Bool? { try decode(column) }
    /// `double precision`, `real` or NULL.
    public func doubleOrNil(_ column: Int) throws(PostgresError) -> Double? { try decode(column) }
    /// Any text type, an enum, JSON or NULL.
    public func stringOrNil(_ column: Int) throws(PostgresError) -> String? { try decode(column) }
    /// `bytea`, the text of JSON, or NULL.
    public func bytesOrNil(_ column: Int) throws(PostgresError) -> [UInt8]? { try decode(column) }
    /// `uuid` or NULL.
    public func uuidOrNil(_ column: Int) throws(PostgresError) -> PostgresUUID? { try decode(column) }
    /// `timestamptz` as microseconds since 1970, or NULL.
    public func timestampOrNil(_ column: Int) throws(PostgresError) -> Int64? {
        try decode(column, as: PostgresTimestamp?.self)?.microseconds
    }
}
