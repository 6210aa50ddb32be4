// SPDX-License-Identifier: Apache-2.0

/// A type of the database by its object id; the built-in ones are the same in every PostgreSQL.
public struct PostgresType: RawRepresentable, Hashable, Sendable {
    /// The id in `pg_type`.
    public let rawValue: UInt32

    /// Wraps an object id.
    @inlinable
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// `boolean`.
    public static let bool = PostgresType(rawValue: 16)
    /// `bytea`.
    public static let bytea = PostgresType(rawValue: 17)
    /// `bigint`.
    public static let int8 = PostgresType(rawValue: 20)
    /// `smallint`.
    public static let int2 = PostgresType(rawValue: 21)
    /// `integer`.
    public static let int4 = PostgresType(rawValue: 23)
    /// `text`.
    public static let text = PostgresType(rawValue: 25)
    /// `real`.
    public static let float4 = PostgresType(rawValue: 700)
    /// `double precision`.
    public static let float8 = PostgresType(rawValue: 701)
    /// `timestamp with time zone`.
    public static let timestamptz = PostgresType(rawValue: 1184)
    /// `numeric`; not decoded here: cast it to `bigint` in the statement.
    public static let numeric = PostgresType(rawValue: 1700)
    /// `uuid`.
    public static let uuid = PostgresType(rawValue: 2950)
    /// `json`.
    public static let json = PostgresType(rawValue: 114)
    /// `jsonb`.
    public static let jsonb = PostgresType(rawValue: 3802)

    static let oid = PostgresType(rawValue: 26)
    static let boolArray = PostgresType(rawValue: 1000)
    static let byteaArray = PostgresType(rawValue: 1001)
    static let int2Array = PostgresType(rawValue: 1005)
    static let int4Array = PostgresType(rawValue: 1007)
    static let textArray = PostgresType(rawValue: 1009)
    static let int8Array = PostgresType(rawValue: 1016)
    static let float8Array = PostgresType(rawValue: 1022)
    static let timestamptzArray = PostgresType(rawValue: 1185)
    static let uuidArray = PostgresType(rawValue: 2951)
    static let jsonbArray = PostgresType(rawValue: 3807)

    /// Types whose binary form is their text: text, varchar, bpchar, name, "char", unknown, json, xml, and what an
    /// extension or a schema defined (enums, citext).
    var isText: Bool {
        switch rawValue {
        case 18, 19, 25, 114, 142, 705, 1042, 1043: true
        default: rawValue >= 16384
        }
    }
}
