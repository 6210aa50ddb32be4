// SPDX-License-Identifier: Apache-2.0
import Foundation
import MarketCore
import TestSupport
import Testing

/// docs/EVENTS.md has the events that the program and its SQL write, and no others.
@Suite struct EventTableTests {
    @Test func theTableHasEveryEventAndNoOther() throws {
        let rows = try text("docs/EVENTS.md").matches(of: /\n\| `([a-z_]+\.[a-z_]+)` \| [a-z ]+ \| [^|]+ \| [^|]+ \|/)
        let documented = rows.map { String($0.output.1) }
        #expect(Set(documented).count == documented.count)
        let written = try writtenBySQL().union(writtenByTheProgram())
        #expect(written.count > 60, "what is looked for is found no more")
        #expect(written.subtracting(documented) == [])
        #expect(Set(documented).subtracting(written) == [])
    }

    /// Whole names in statements that fill the outbox, and the endings of those that are put together there.
    private func writtenBySQL() throws -> Set<String> {
        var names: Set<String> = []
        for file in try files(in: "migrations", ending: ".sql") {
            let sql = try text(file)
            for statement in sql.components(separatedBy: "insert into platform.outbox").dropFirst() {
                let body = statement.prefix { $0 != ";" }
                names.formUnion(body.matches(of: /'([a-z_]+\.[a-z_]+)'/).map { String($0.output.1) })
                for family in body.matches(of: /'([a-z_]+)\.' \|\| ([a-z_.]+)/) {
                    names.formUnion(
                        Self.endings(String(family.output.1), String(family.output.2)).map {
                            "\(family.output.1).\($0)"
                        })
                }
            }
            // Chosen before the statement.
            names.formUnion(sql.matches(of: /'(stock\.(?:low|out|back))'/).map { String($0.output.1) })
            names.formUnion(
                sql.matches(of: /'(refund\.(?:requested|approved|processed|failed))'/).map { String($0.output.1) })
        }
        return names
    }

    private static func endings(_ family: String, _ variable: String) -> [String] {
        switch (family, variable) {
        case ("order", "p_status"): ["expired", "cancelled"]
        case ("order", _): ["processing", "completed", "cancelled"]
        // Placing and lapsing have names of their own.
        case ("seller_order", _):
            SellerOrderStatus.machine.transitions.filter { $0.from != .pendingPayment && $0.event != .place }
                .map(\.to.rawValue)
        case ("payment", "case"): ["duplicate", "late", "captured", "authorized", "failed"]
        case ("payment", "p.status"):
            PaymentStatus.machine.transitions.filter { [.void, .refundPart, .refundAll].contains($0.event) }
                .map(\.to.rawValue)
        default: ["?\(variable)"]
        }
    }

    private func writtenByTheProgram() throws -> Set<String> {
        var names: Set<String> = []
        for file in try files(in: "Sources/Marketplace", ending: ".swift") {
            let source = try text(file)
            let isOfSellers = file.contains("/Sellers/")
            for line in source.split(separator: "\n") where line.contains("type: ") {
                names.formUnion(line.matches(of: /type: "([a-z]+\.[a-z_]+)"/).map { String($0.output.1) })
                if isOfSellers {
                    names.formUnion(line.matches(of: /"((?:seller|kyc)\.[a-z_]+)"/).map { String($0.output.1) })
                    if line.contains(#""kyc.document_\("#) {
                        names.formUnion(["kyc.document_verified", "kyc.document_rejected"])
                    }
                    if line.contains(#""kyc.\("#) {
                        names.formUnion(
                            KYCStatus.machine.transitions.filter { $0.event != .upload }.map { "kyc.\($0.to.rawValue)" }
                        )
                    }
                }
                if line.contains(#""review.\("#) {
                    names.formUnion(ReviewStatus.allCases.map { "review.\($0.rawValue)" } + ["review.deleted"])
                }
            }
            if file.hasSuffix("/ProductReview.swift") {
                names.formUnion(source.matches(of: /"(product\.[a-z]+)"/).map { String($0.output.1) })
                names.formUnion(["product.unlisted", "product.relisted"])
            }
        }
        return names
    }

    private func files(in folder: String, ending: String) throws -> [String] {
        let root = Repository.root.appendingPathComponent(folder)
        let names = try #require(FileManager.default.enumerator(atPath: root.path))
        return names.compactMap { $0 as? String }.filter { $0.hasSuffix(ending) }.map { "\(folder)/\($0)" }
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Repository.root.appendingPathComponent(path), encoding: .utf8)
    }
}
