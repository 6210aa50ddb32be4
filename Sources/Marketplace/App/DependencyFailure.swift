// SPDX-License-Identifier: Apache-2.0
public import Postgres

/// PostgreSQL, or the payment provider, cannot be used: unreachable, not the primary, or of an unsupported schema; the command line ends with exit code 3.
public struct DependencyFailure: Error, Sendable, CustomStringConvertible {
    /// For the person at the terminal, without addresses and values.
    public let description: String

    /// Keeps what the database's client said.
    public init(_ error: PostgresError) {
        description = "the database cannot be used: \(error)"
    }

    /// States it in other words.
    init(text: String) {
        description = text
    }

    /// States what is wrong with a database that answers.
    init(_ problem: String) {
        description = "the database cannot be used: \(problem)"
    }

    /// Runs what needs the database; its errors become this one.
    static func wrapping<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as PostgresError {
            throw DependencyFailure(error)
        }
    }
}
