// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Synchronization
import TestSupport
import Testing

@testable import Carts

/// Every cart's answer says its version in `ETag`; every change honours it in `If-Match`.
@Suite(.timeLimit(.minutes(5))) struct CartIfMatchTests {
    @Test func everyChangeHonoursIt() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1)
            let first = try await shop.add(rug, 1)
            let line = try #require(try shop.lineIDs(first).first)
            #expect(first.header("ETag") == "\"v2\"")
            shop.ordered.all.withLock {
                $0[OrderID(rawValue: 5)] = [ReorderedLine(variant: rug, quantity: 1, unitPrice: 1000)]
            }
            let changes: [(String, @Sendable (String) async throws -> TestClient.Answer)] = [
                ("add", { try await shop.post("add", #"{"variant_id":"\#(rug)","quantity":1}"#, ifMatch: $0) }),
                (
                    "update",
                    { try await shop.post("update", #"{"lines":[{"line_id":"\#(line)","quantity":7}]}"#, ifMatch: $0) }
                ),
                ("reorder", { try await shop.reorder("\(OrderID(rawValue: 5))", ifMatch: $0) }),
                ("remove", { try await shop.post("remove", #"{"line_id":"\#(line)"}"#, ifMatch: $0) }),
                ("clear", { try await shop.post("clear", "{}", ifMatch: $0) }),
            ]
            for (name, change) in changes {
                let before = try await shop.get()
                let version = try #require(try shop.version(before))
                for stale in ["\"v\(version - 1)\"", "\"v\(version + 1)\""] {
                    let late = try await change(stale)
                    #expect(late.status == 412 && late.code == "version-conflict", "\(name) \(stale): \(late.text)")
                    #expect(try late.json["version"]?.int == version)
                }
                #expect(try await change("\"3fa9\"").code == "version-conflict")
                #expect(try await shop.get().body == before.body, "\(name)")
                if name == "clear" { _ = try await shop.add(rug, 1) }
                let tag = try #require(try await shop.get().header("ETag"))
                let answer = try await change(tag)
                #expect(answer.status == 200, "\(name): \(answer.text)")
            }
            #expect(try await shop.add(rug, 1).status == 200)
            #expect(try await shop.post("clear", "{}", ifMatch: "*").status == 200)
        }
    }

    /// It goes before the body, and is a part of what a key stands for.
    @Test func goesBeforeTheBodyAndBelongsToTheKey() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1)
            _ = try await shop.add(rug, 1)
            let body = #"{"variant_id":"\#(rug)","quantity":1,"expected_version":1}"#
            let first = try await shop.post("add", body, key: "if-match-1", ifMatch: "\"v2\"")
            #expect(first.status == 200, "\(first.text)")
            let again = try await shop.post("add", body, key: "if-match-1", ifMatch: "\"v2\"")
            #expect(again.isReplay && again.body == first.body)
            let other = try await shop.post("add", body, key: "if-match-1", ifMatch: "\"v3\"")
            #expect(other.code == "idempotency-key-reused")
        }
    }
}
