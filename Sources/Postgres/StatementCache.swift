// SPDX-License-Identifier: Apache-2.0

/// The prepared statements of one connection, by text and parameter types; the least recently used one is replaced.
///
/// No I/O: the connection sends what the look-up tells it to.
struct StatementCache {
    /// One prepared statement of the server's session.
    final class Statement {
        let name: String
        let sql: PostgresSQL
        let types: [UInt32]
        /// The server has confirmed it; before that it may still fail, and must not be deallocated.
        var isReady = false
        fileprivate var lastUse: UInt64 = 0

        init(name: String, sql: PostgresSQL, types: [UInt32]) {
            self.name = name
            self.sql = sql
            self.types = types
        }
    }

    let capacity: Int
    private var statements: [PostgresSQL: Statement] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0
    /// Names the server still holds and nobody uses; deallocated before the next statement is prepared.
    private(set) var discarded: [String] = []

    init(capacity: Int) {
        precondition(capacity > 0, "a cache without room")
        self.capacity = capacity
    }

    var count: Int { statements.count }

    /// The statement to execute, if it was prepared (or is being prepared) with these parameter types.
    mutating func find(_ sql: PostgresSQL, _ parameters: PostgresParameters) -> Statement? {
        guard let statement = statements[sql] else { return nil }
        guard statement.types.count == parameters.slots.count else { return nil }
        for (type, slot) in zip(statement.types, parameters.slots) where type != slot.type.rawValue { return nil }
        uses &+= 1
        statement.lastUse = uses
        return statement
    }

    /// A new statement to prepare; whatever must make room for it joins `discarded`.
    mutating func add(_ sql: PostgresSQL, _ parameters: PostgresParameters) -> Statement {
        if let old = statements[sql] { discard(old) }
        if statements.count >= capacity,
            let oldest = statements.values.filter(\.isReady).min(by: { $0.lastUse < $1.lastUse })
        {
            discard(oldest)
        }
        names &+= 1
        uses &+= 1
        let statement = Statement(name: "mve_\(names)", sql: sql, types: parameters.slots.map(\.type.rawValue))
        statement.lastUse = uses
        statements[sql] = statement
        return statement
    }

    /// Takes a statement out of use: a stale plan, other parameter types, or no room.
    mutating func discard(_ statement: Statement) {
        if statements[statement.sql] === statement { statements[statement.sql] = nil }
        if statement.isReady { discarded.append(statement.name) }
    }

    /// The server has confirmed a statement; it may have been replaced meanwhile.
    mutating func confirm(_ statement: Statement) {
        statement.isReady = true
        if statements[statement.sql] !== statement { discarded.append(statement.name) }
    }

    /// Forgets a statement that the server does not have.
    mutating func forget(_ statement: Statement) {
        if statements[statement.sql] === statement { statements[statement.sql] = nil }
    }

    mutating func takeDiscarded() -> [String] {
        defer { discarded = [] }
        return discarded
    }

    /// A deallocation did not run; try it again with the next statement.
    mutating func keepDiscarded(_ name: String) {
        discarded.append(name)
    }
}
