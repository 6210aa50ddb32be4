// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Testing

@Suite(.timeLimit(.minutes(3))) struct TrustSellerTests {
    private let path = "/api/admin/sellers/set-trusted/"

    private func body(_ id: SellerID, _ isTrusted: Bool) -> String {
        #"{"id":"\#(id)","trusted":\#(isTrusted),"note":"Two good years."}"#
    }

    @Test func isSaidOnceAndWrittenDown() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.activeSeller(admin)
            let answer = try await fixture.call(.post, path, body(id, true), by: admin, key: "trust-1-abcdefgh")
            #expect(answer.status == 200)
            #expect(try answer.json["trusted"]?.bool == true)
            try fixture.forgetMemory()
            let replay = try await fixture.call(.post, path, body(id, true), by: admin, key: "trust-1-abcdefgh")
            #expect(replay.isReplay && replay.body == answer.body)
            // What is so already changes nothing.
            let again = try await fixture.call(.post, path, body(id, true), by: admin)
            #expect(try again.json["version"]?.int == answer.json["version"]?.int)
            #expect(try await fixture.call(.get, "/api/sellers/profile/", by: owner).json["trusted"]?.bool == true)
            #expect(try await fixture.call(.post, path, body(id, false), by: admin).json["trusted"]?.bool == false)
            let audit = try await fixture.text(
                """
                select string_agg(concat_ws(' ', action, before->>'trusted', after->>'trusted', reason), ', ' order by id)
                  from platform.audit where action in ('seller.trusted', 'seller.untrusted')
                """)
            #expect(
                audit == "seller.trusted false true Two good years., seller.untrusted true false Two good years.")
            let history = try await fixture.text(
                """
                select string_agg(from_state || ' ' || to_state, ', ' order by id) from sellers.history
                 where event = 'set_trusted'
                """)
            #expect(history == "untrusted trusted, trusted untrusted")
        }
    }

    @Test func mayComeWithTheApproval() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.seller()
            try await fixture.submit(owner)
            try await fixture.verifyAll(owner, by: admin)
            let answer = try await fixture.call(
                .post, "/api/admin/sellers/approve/", #"{"id":"\#(id)","trusted":true,"note":"Known for years."}"#,
                by: admin)
            #expect(try answer.json["status"]?.string == "active" && answer.json["trusted"]?.bool == true)
            #expect(
                try await fixture.count("select count(*) from platform.audit where action = 'seller.trusted'") == 1)
        }
    }

    @Test func onlyAnotherAdminWithThePermissionDecides() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            let (id, owner) = try await fixture.activeSeller(admin)
            #expect(try await fixture.call(.post, path, body(id, true)).code == "token-missing")
            let (reader, none) = (try await fixture.admin(["sellers:read"]), try await fixture.admin([]))
            for person in [owner, reader, none] {
                #expect(try await fixture.call(.post, path, body(id, true), by: person).code == "forbidden")
            }
            try await fixture.pool.execute(
                """
                update accounts.users set roles = '{admin,customer,seller}', permissions = '{sellers:read,sellers:write}'
                 where id = $1
                """, owner.user.rawValue)
            try fixture.forgetMemory()
            #expect(try await fixture.call(.post, path, body(id, true), by: owner).code == "four-eyes-required")
        }
    }

    @Test func refusesWhatNamesNothingAndWhatIsClosed() async throws {
        try await SellersFixture.with { fixture in
            let admin = try await fixture.admin()
            #expect(
                try await fixture.call(.post, path, body(SellerID(rawValue: 77), true), by: admin).code == "not-found")
            let (id, _) = try await fixture.seller()
            for wrong in ["{}", #"{"id":"\#(id)","trusted":1,"note":"x"}"#, #"{"id":"\#(id)","trusted":true}"#] {
                #expect(try await fixture.call(.post, path, wrong, by: admin).code == "validation-failed", "\(wrong)")
            }
            try await fixture.pool.execute("update sellers.sellers set status = 'closed'")
            #expect(try await fixture.call(.post, path, body(id, true), by: admin).code == "illegal-transition")
        }
    }
}
