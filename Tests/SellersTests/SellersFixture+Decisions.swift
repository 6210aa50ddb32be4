// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

/// What admins decide about sellers.
extension SellersFixture {
    /// Calls `/api/admin/sellers/WORD/`; `more` are further members of the body.
    func decide(
        _ word: String, _ id: SellerID, by person: Person?, more: String = "", key: String? = nil
    ) async throws -> Answer {
        try await call(
            .post, "/api/admin/sellers/\(word)/",
            #"{"id":"\#(id)","reason_code":"documents-unclear","note":"See the mail."\#(more)}"#, by: person, key: key)
    }

    /// Somebody with a seller's role and no seller.
    func sellerless() async throws -> Person {
        let person = try await customer()
        try await pool.execute("update accounts.users set roles = '{seller}' where id = $1", person.user.rawValue)
        try forgetMemory()
        return person
    }

    /// Makes an owner one who decides about sellers as well.
    func makeAdmin(_ owner: Person) async throws {
        try await pool.execute(
            """
            update accounts.users set roles = '{admin,customer,seller}', permissions = '{sellers:read,sellers:write}'
             where id = $1
            """, owner.user.rawValue)
        try forgetMemory()
    }

    /// Puts a seller where only a long story would have brought it.
    func setStatus(_ status: String, of id: SellerID) async throws {
        try await pool.execute("update sellers.sellers set status = $1 where id = $2", status, id.rawValue)
    }

    /// A document of the owner's that waits for a verdict.
    func waitingDocument(_ owner: Person) async throws -> String {
        let status = try await call(.get, "/api/sellers/kyc/status/", by: owner)
        let documents = try status.json["documents"]?.elements ?? []
        return try #require(documents.first { $0["status"]?.string == "under_review" }?["id"]?.string)
    }

    /// Who may not decide, and what nobody can decide about.
    func refusesOthers(_ word: String, _ id: SellerID, _ owner: Person) async throws {
        #expect(try await decide(word, id, by: nil).code == "token-missing")
        let (_, stranger) = try await seller("Stranger")
        for person in [owner, stranger, try await customer(), try await admin([]), try await admin(["sellers:read"])] {
            #expect(try await decide(word, id, by: person).code == "forbidden")
        }
        let decider = try await admin(["sellers:write"])
        #expect(try await decide(word, SellerID(rawValue: 77), by: decider).code == "not-found")
        let path = "/api/admin/sellers/\(word)/"
        let foreign = #"{"id":"usr_01jd3k5v8x9ya","reason_code":"x","note":"y"}"#
        #expect(try await call(.post, path, foreign, by: decider).code == "not-found")
        #expect(try await call(.post, path, "{}", by: decider).code == "validation-failed")
        // Whoever is told no reads why.
        guard word != "approve" else { return }
        #expect(try await call(.post, path, #"{"id":"\#(id)","note":"y"}"#, by: decider).code == "validation-failed")
    }
}
