// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import TestSupport
import Testing

/// What sellers do with whole products, and what is refused alike.
extension ProductsFixture {
    /// Calls `/api/products/MOVE/`.
    func move(
        _ move: String, _ id: String, version: Int? = nil, as person: Person? = nil, key: String? = nil
    ) async throws -> TestClient.Answer {
        let expected = version.map { #","expected_version":\#($0)"# } ?? ""
        return try await post("/api/products/\(move)/", #"{"id":"\#(id)"\#(expected)}"#, as: person, key: key)
    }

    /// Of another seller, with another kind of id, of another version, without an id.
    func refusesOthers(_ move: String, _ id: String) async throws {
        let foreign = try await self.move(move, id, as: lata)
        #expect(foreign.status == 404 && foreign.code == "not-found")
        let malformed = try await self.move(move, "prd_x")
        #expect(malformed.status == 404)
        let stale = try await self.move(move, id, version: 9)
        #expect(stale.status == 412 && stale.code == "version-conflict")
        let empty = try await post("/api/products/\(move)/", "{}")
        #expect(try Self.faults(empty) == ["/id": "required"])
    }

    /// Once under a key, whatever this process remembers.
    func replays(_ move: String, _ id: String) async throws {
        let first = try await self.move(move, id, key: "m")
        try restart()
        let second = try await self.move(move, id, key: "m")
        #expect(first.status == 200 && second.isReplay && first.body == second.body)
        let other = try await self.move(move, id, version: 1, key: "m")
        #expect(other.code == "idempotency-key-reused")
    }

    /// A seller that may not sell puts nothing up for sale.
    func refusesTheSuspended(_ move: String, _ id: String) async throws {
        try await pool.execute("update sellers.sellers set status = 'suspended' where id = 11")
        let answer = try await self.move(move, id)
        #expect(answer.status == 403 && answer.code == "seller-not-active")
        #expect(try answer.json["seller_status"]?.string == "suspended")
    }

    /// What is decided of a product that was not handed in, and of one that is not there.
    func refusesUndecidable(_ decision: String) async throws {
        let draft = try await draft()
        let early = try await decide(decision, draft.id)
        #expect(early.status == 409 && early.code == "illegal-transition")
        for id in ["prd_x", "\(ProductID(rawValue: 5))"] {
            let unknown = try await decide(decision, id)
            #expect(unknown.status == 404 && unknown.code == "not-found")
        }
    }

    /// A decision, once under a key, whatever this process remembers.
    func replaysDecision(_ decision: String) async throws {
        let waiting = try await submitted()
        let first = try await decide(decision, waiting.id, key: decision)
        try restart()
        let second = try await decide(decision, waiting.id, key: decision)
        #expect(first.status == 200 && second.isReplay && first.body == second.body)
        let other = try await decide(decision, waiting.id, revision: 1, key: decision)
        #expect(other.code == "idempotency-key-reused")
    }
}
