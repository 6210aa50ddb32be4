// SPDX-License-Identifier: Apache-2.0
import Postgres
import Testing

@Suite struct TypesTests {
    @Test func scalarsComeBackAsTheyWent() async throws {
        try await withConnection { connection in
            let uuid = PostgresUUID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
            let rows = try await connection.query(
                "select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11",
                Int16.min, Int32.max, Int64.min, 42, true, 2.5, "grüße\u{0}".filter { $0 != "\u{0}" },
                [0, 255, 16] as [UInt8], PostgresTimestamp(microseconds: 1_700_000_000_123_456), uuid,
                PostgresJSON(#"{"a": [1, null]}"#))
            let row = try rows.only()
            #expect(try row.int16(0) == .min)
            #expect(try row.int32(1) == .max)
            #expect(try row.int64(2) == .min)
            #expect(try row.int(3) == 42)
            #expect(try row.bool(4))
            #expect(try row.double(5) == 2.5)
            #expect(try row.string(6) == "grüße")
            #expect(try row.bytes(7) == [0, 255, 16])
            #expect(try row.timestamp(8) == 1_700_000_000_123_456)
            #expect(try row.uuid(9) == uuid)
            #expect(try row.string(10) == #"{"a": [1, null]}"#)
            #expect(try row.decode(10, as: PostgresJSON.self).text == #"{"a": [1, null]}"#)
        }
    }

    @Test func theServerReadsTheSameValues() async throws {
        try await withConnection { connection in
            let row = try await connection.query(
                "select $1::text, $2::text, $3::text, $4::text, $5::text",
                PostgresTimestamp(microseconds: 0), [1, 2] as [UInt8],
                PostgresUUID(high: 0x0011_2233_4455_6677, low: 0x8899_AABB_CCDD_EEFF), -0.125,
                PostgresTimestamp(microseconds: .max)
            ).only()
            #expect(try row.string(0) == "1970-01-01 00:00:00+00")
            #expect(try row.string(1) == #"\x0102"#)
            #expect(try row.string(2) == "00112233-4455-6677-8899-aabbccddeeff")
            #expect(try row.string(3) == "-0.125")
            #expect(try row.string(4) == "infinity")
        }
    }

    @Test func nullsNeedAnOptional() async throws {
        try await withConnection { connection in
            let row = try await connection.query("select $1, $2, $3", Int64?.none, String?.none, [UInt8]?.none).only()
            #expect(try row.int64OrNil(0) == nil)
            #expect(try row.stringOrNil(1) == nil)
            #expect(try row.bytesOrNil(2) == nil)
            #expect(try row.isNull(0))
            #expect(throws: PostgresError.self) { try row.int64(0) }
        }
    }

    @Test func emptyValuesAreNotNull() async throws {
        try await withConnection { connection in
            let row = try await connection.query("select $1, $2, $3", "", [] as [UInt8], [] as [Int64]).only()
            #expect(try row.string(0) == "")
            #expect(try row.bytes(1) == [])
            #expect(try row.decode(2, as: [Int64].self) == [])
        }
    }

    @Test func arraysComeBackAsTheyWent() async throws {
        try await withConnection { connection in
            let stamps = [PostgresTimestamp(microseconds: 1), PostgresTimestamp(microseconds: -1)]
            let uuids = [PostgresUUID(high: 1, low: 2)]
            let row = try await connection.query(
                "select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10",
                [1, -2] as [Int16], [3, -4] as [Int32], [Int64.max, nil, .min] as [Int64?], [true, false],
                [0.5, -1] as [Double], ["a", nil, "", "NULL", "{\"}"] as [String?],
                [[1], [], [0, 255]] as [[UInt8]], stamps, uuids, [PostgresJSON("[1]")]
            ).only()
            #expect(try row.decode(0, as: [Int16].self) == [1, -2])
            #expect(try row.decode(1, as: [Int32].self) == [3, -4])
            #expect(try row.decode(2, as: [Int64?].self) == [.max, nil, .min])
            #expect(try row.decode(3, as: [Bool].self) == [true, false])
            #expect(try row.decode(4, as: [Double].self) == [0.5, -1])
            #expect(try row.decode(5, as: [String?].self) == ["a", nil, "", "NULL", "{\"}"])
            #expect(try row.decode(6, as: [[UInt8]].self) == [[1], [], [0, 255]])
            #expect(try row.decode(7, as: [PostgresTimestamp].self) == stamps)
            #expect(try row.decode(8, as: [PostgresUUID].self) == uuids)
            #expect(try row.decode(9, as: [PostgresJSON].self).map(\.text) == ["[1]"])
            #expect(throws: PostgresError.self) { try row.decode(2, as: [Int64].self) }
            let bytes = try await connection.query("select $1", [[1], nil] as [[UInt8]?]).only()
            #expect(try bytes.decode(0, as: [[UInt8]?].self) == [[1], nil])
            let matrix = try await connection.query("select '{{1,2},{3,4}}'::int8[]").only()
            #expect(throws: PostgresError.self) { try matrix.decode(0, as: [Int64].self) }
        }
    }

    @Test func columnsOfABatchAreBuiltWithoutArrays() async throws {
        struct Line {
            var sku: Int64
            var note: String?
        }
        try await withConnection { connection in
            let lines = [Line(sku: 7, note: "x"), Line(sku: 8, note: nil)]
            var parameters = PostgresParameters()
            parameters.reserve(parameters: 3, bytes: 256)
            parameters.appendArray(lines) { $0.sku }
            parameters.appendOptionalArray(lines) { $0.note }
            parameters.append(10)
            let rows = try await connection.query(
                "select sku + $3, note from unnest($1, $2) with ordinality u(sku, note, n) order by n", with: parameters
            )
            #expect(try rows.map { try $0.int64(0) } == [17, 18])
            #expect(try rows.map { try $0.stringOrNil(1) } == ["x", nil])
        }
    }

    @Test func wrongTypesAreRefusedAndNameTheColumn() async throws {
        try await withConnection { connection in
            let row = try await connection.query("select 'x'::text, 70000, 1.5, sum(n) from (values (1::bigint)) v(n)")
                .only()
            #expect(throws: PostgresError.self) { try row.int64(0) }
            #expect(throws: PostgresError.self) { try row.int16(1) }
            #expect(throws: PostgresError.self) { try row.double(2) }
            #expect(throws: PostgresError.self) { try row.string(9) }
            do {
                _ = try row.int64(3)
                Issue.record("numeric was read as an integer")
            } catch let error as PostgresError {
                #expect(error.code == .decoding)
                #expect(error.message.contains("column 3"))
                #expect(error.message.contains("cast"))
            }
        }
    }

    @Test func enumsAndVarcharsAreText() async throws {
        try await withConnection { connection in
            try await connection.execute("create type mood as enum ('ok', 'bad')")
            let row = try await connection.query("select $1::mood, 'v'::varchar, 'n'::name, '{}'::json", "ok").only()
            #expect(try row.string(0) == "ok")
            #expect(try row.string(1) == "v")
            #expect(try row.string(2) == "n")
            #expect(try row.bytes(3) == Array("{}".utf8))
        }
    }
}
