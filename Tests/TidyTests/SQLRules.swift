// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Rules about SQL, in migrations and in string literals.
enum SQLRules {
    static let schemas = [
        "platform", "accounts", "sellers", "catalog", "inventory", "carts", "orders", "payments", "ledger",
        "notifications",
        "reviews", "imports", "admin", "checkout", "companies", "wishlist",
        "refunds",
    ]

    /// What a context's stores may name beside `checkout`, whose functions are the one way across.
    static let ownSchemas: [String: Set<String>] = [
        "Web": ["platform"], "Accounts": ["accounts"], "Catalog": ["catalog", "inventory"], "Carts": ["carts"],
        "Companies": ["companies"], "Wishlist": ["wishlist"],
        "Orders": ["orders"], "Payments": ["payments"], "Ledger": ["ledger"], "Sellers": ["sellers"],
        "Notifications": ["notifications"], "Operations": [], "Reviews": ["reviews"], "Refunds": ["refunds"],
        "Imports": ["imports"],
        "Admin": ["admin"],
        // Each context hands the name of its own table in.
        "Pictures": [],
        // The load generator's reconciliation reads all: nobody else sees whether what was acknowledged is what is stored.
        "Bench": Set(schemas),
    ]

    /// A statement of ours begins with one of these words and goes on like SQL. `commit` alone is a member's name as well; who writes it in
    /// SQL writes `begin` before.
    static func isSQL(_ literal: String) -> Bool {
        let text = literal.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
        let shape =
            /^(--.*\n\s*)*(select\s+.+(\sfrom\s|\()|insert\s+into\s|update\s+[\w.]+\s+(\w+\s+)?set\s|delete\s+from\s|with\s+\w+(\s*\(.*\))?\s+as\s+|copy\s+[\w.]+\s*(\(|from)|truncate\s|create\s+(table|schema|index|function|database)\s|(begin|rollback)$|listen\s+\w+$|notify\s+\w+)/
            .dotMatchesNewlines()
        return text.firstMatch(of: shape) != nil
    }

    static func isStore(_ file: SourceFile) -> Bool {
        let stem = file.name.split(whereSeparator: { $0 == "." || $0 == "+" }).first.map(String.init) ?? ""
        return stem.hasSuffix("Store")
    }

    /// SQL of the shop stands in stores only.
    static func place(_ file: SourceFile) -> [Finding] {
        guard !isStore(file) else { return [] }
        return file.swift.literals.filter { isSQL($0.text) }.map {
            Finding(path: file.path, line: $0.line, message: "SQL stands in …Store files only")
        }
    }

    /// A store names its own schema and `checkout`.
    static func schema(_ file: SourceFile) -> [Finding] {
        guard isStore(file), let place = file.place, let own = ownSchemas[place] else { return [] }
        let foreign = schemas.filter { $0 != "checkout" && !own.contains($0) }
        var findings: [Finding] = []
        for literal in file.swift.literals where isSQL(literal.text) {
            for schema in foreign where names(schema, in: literal.text) {
                findings.append(
                    .init(
                        path: file.path, line: literal.line, message: "names schema \(schema), which is not \(place)'s")
                )
            }
        }
        return findings
    }

    /// `schema.table` or `schema.function(`; an alias of the same name cannot be told apart, so there is none.
    private static func names(_ schema: String, in sql: String) -> Bool {
        var rest = sql.lowercased()[...]
        while let range = rest.firstRange(of: schema + ".") {
            let before = range.lowerBound == rest.startIndex ? nil : rest[..<range.lowerBound].last
            if before.map({ !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "." }) ?? true { return true }
            rest = rest[range.upperBound...]
        }
        return false
    }

    /// Rows are locked in key order, or two transactions wait for each other.
    static func lockOrder(_ sql: String, path: String, firstLine: Int) -> [Finding] {
        var line = firstLine
        var findings: [Finding] = []
        for statement in withoutComments(sql).split(separator: ";", omittingEmptySubsequences: false) {
            let lowered = statement.lowercased()
            if let lock = lowered.firstMatch(of: /\bfor\s+(no\s+key\s+)?update\b/),
                !lowered[..<lock.range.lowerBound].contains(/\border\s+by\b/)
            {
                let offset = lowered[..<lock.range.lowerBound].filter { $0 == "\n" }.count
                findings.append(.init(path: path, line: line + offset, message: "locks rows without ORDER BY"))
            }
            line += statement.filter { $0 == "\n" }.count
        }
        return findings
    }

    static func withoutComments(_ sql: String) -> String {
        sql.split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in line.firstRange(of: "--").map { line[..<$0.lowerBound] } ?? line }
            .joined(separator: "\n")
    }
}
