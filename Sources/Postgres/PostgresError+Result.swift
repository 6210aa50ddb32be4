// SPDX-License-Identifier: Apache-2.0
internal import CLibPQ

extension PostgresServerError {
    /// Reads the fields of an error or notice; nil when libpq made it up itself (no SQLSTATE).
    init?(result: OpaquePointer) {
        // The protocol's field codes, which libpq passes through ("Error and Notice Message Fields").
        func field(_ code: Unicode.Scalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        guard let sqlstate = field("C") else { return nil }
        self.sqlstate = sqlstate
        severity = field("V") ?? field("S") ?? "ERROR"
        message = field("M") ?? ""
        detail = field("D")
        hint = field("H")
        schema = field("s")
        table = field("t")
        column = field("c")
        constraint = field("n")
        routine = field("R")
    }
}

extension PostgresError {
    /// The error of a result. An ERROR was rolled back; a FATAL one ended the session at an unknown point.
    init(result: OpaquePointer) {
        if let server = PostgresServerError(result: result) {
            self.init(.server, outcome: server.isFatal ? .unknown : .notExecuted, server.message, server: server)
        } else {
            let text = PQresultErrorMessage(result).map { String(cString: $0) } ?? "no message"
            self.init(.connectionLost, outcome: .unknown, text.singleLine)
        }
    }

    /// As a reason for a lost connection.
    var lost: PostgresError {
        PostgresError(.connectionLost, outcome: .unknown, message, server: server)
    }

    /// A prepared statement's result type changed under it (after a migration): prepare it again.
    var isStalePlan: Bool {
        sqlstate == "0A000" && server?.routine == "RevalidateCachedQuery"
    }
}

extension String {
    /// libpq's messages end lines and contain them; a log line does not.
    var singleLine: String {
        split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
