// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres
import TestSupport
import Testing
import UVRuntime

@Suite(.timeLimit(.minutes(2))) struct AuditLogTests {
    private static let record = AuditRecord(
        action: "user.blocked", actor: .admin(UserID(rawValue: 7), ip: "192.0.2.1"), entityType: "user", entityID: 8,
        before: Array(#"{"status":"active"}"#.utf8), after: Array(#"{"status":"blocked"}"#.utf8), reason: "fraud",
        requestID: "01KAZ6Z3Y8Q2M5B7R9T1V3X5Z7")

    @Test func writesWithTheActAndGoesWithIt() async throws {
        try await TestPool.with { _, pool in
            try await pool.withTransaction { try await AuditLog.append(Self.record, in: $0) }
            let undone = await #expect(throws: PostgresError.self) {
                try await pool.withTransaction { transaction in
                    try await AuditLog.append(Self.record, in: transaction)
                    try await transaction.execute("select 1 / 0")
                }
            }
            #expect(undone?.sqlstate == "22012")
            let row = try await pool.query(
                """
                select actor_type, actor_id, actor_ip, action, entity_type, entity_id, before->>'status',
                       after->>'status', reason, request_id, seq is null and hash is null from platform.audit
                """
            ).only()
            #expect(try row.string(0) == "admin" && row.int64(1) == 7 && row.string(2) == "192.0.2.1")
            #expect(try row.string(3) == "user.blocked" && row.string(4) == "user" && row.int64(5) == 8)
            #expect(try row.string(6) == "active" && row.string(7) == "blocked" && row.string(8) == "fraud")
            #expect(try row.string(9) == Self.record.requestID && row.bool(10))
        }
    }

    @Test func masksSecretsAtAnyDepth() async throws {
        try await TestPool.with { _, pool in
            var record = Self.record
            record.before = nil
            record.after = Array(
                #"{"name":"Asha","password":"x","bank":{"account_number":"123","ifsc":"HDFC0000001"},"list":[{"reset_token":"y","pan":null}],"company":"z"}"#
                    .utf8)
            let after = record
            try await pool.withTransaction { try await AuditLog.append(after, in: $0) }
            let stored = try await pool.query("select after::text from platform.audit").only().string(0)
            #expect(
                stored
                    == #"{"bank": {"ifsc": "HDFC0000001", "account_number": "***"}, "list": [{"pan": null, "reset_token": "***"}], "name": "Asha", "company": "z", "password": "***"}"#
            )
        }
    }

    @Test(
        "nobody changes the log",
        arguments: [
            "update platform.audit set reason = 'another'", "delete from platform.audit", "truncate platform.audit",
            "update platform.audit set seq = 1, prev_hash = sha256('a'), hash = sha256('b'), action = 'user.seen'",
        ])
    func keepsEveryRow(statement: String) async throws {
        try await TestPool.with { _, pool in
            try await pool.withTransaction { try await AuditLog.append(Self.record, in: $0) }
            let refused = await #expect(throws: PostgresError.self) {
                try await pool.execute(PostgresSQL(text: statement))
            }
            #expect(refused?.sqlstate == "42501")
        }
    }

    @Test func rowsAreChainedOnce() async throws {
        try await TestPool.with { _, pool in
            try await pool.withTransaction { try await AuditLog.append(Self.record, in: $0) }
            try await pool.execute("update platform.audit set seq = 1, prev_hash = sha256('a'), hash = sha256('b')")
            let again = await #expect(throws: PostgresError.self) {
                try await pool.execute("update platform.audit set seq = 2, prev_hash = sha256('a'), hash = sha256('c')")
            }
            #expect(again?.sqlstate == "42501")
        }
    }
}
