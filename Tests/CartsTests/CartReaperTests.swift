// SPDX-License-Identifier: Apache-2.0
import Logging
import MarketCore
import MarketHTTP
import Postgres
import TestSupport
import Testing
import UVRuntime

@testable import Carts

@Suite(.timeLimit(.minutes(5))) struct CartReaperTests {
    @Test func takesWhatNobodyCameBackTo() async throws {
        try await CartsFixture.with { shop in
            let rug = try shop.offer(1)
            _ = try await shop.add(rug, 1)
            let body = #"{"variant_id":"\#(rug)","quantity":2}"#
            var guests: [String] = []
            for _ in 0..<3 {
                let guest = shop.clients.issue().token
                #expect(try await shop.post("add", body, guest: guest).status == 200)
                guests.append(guest)
            }
            // The account's cart and the first guest's are as old as can be, the second's is a minute short of its end.
            try await shop.pool.execute(
                """
                update carts.carts set updated_at = now() - interval '30 days' +
                       case when id = (select min(id) from carts.carts where user_id is null) or user_id is not null
                            then interval '-1 minute' else interval '1 minute' end
                """)
            let reaper = shop.reaper
            let first = await reaper.sweep()
            #expect(first == 1)
            let second = await reaper.sweep()
            #expect(second == 0)
            let left = try await shop.pool.query(
                "select count(*), (select count(*) from carts.cart_lines) from carts.carts"
            ).only()
            #expect(try left.int(0) == 3)
            #expect(try left.int(1) == 3)

            // Who comes back all the same begins anew, although this process remembered the old cart.
            let again = try await shop.post("add", body, guest: guests[0])
            #expect(try shop.lines(again) == ["\(rug) × 2"])
            #expect(try shop.version(again) == 2)
            let kept = try await shop.get(guest: guests[1])
            #expect(try shop.lines(kept) == ["\(rug) × 2"])
        }
    }

    @Test func goesThroughTheTableInSlices() async throws {
        try await CartsFixture.with { shop in
            try await shop.pool.execute(
                """
                insert into carts.carts (id, token_hash, updated_at)
                select n, sha256(convert_to(n::text, 'UTF8')),
                       now() - case when n % 2 = 0 then interval '31 days' else interval '1 day' end
                  from generate_series(1, 3001) n
                """)
            let gone = await shop.reaper.sweep()
            #expect(gone == 1500)
            let left = try await shop.pool.query("select count(*) from carts.carts").only()
            #expect(try left.int(0) == 1501)
        }
    }
}
