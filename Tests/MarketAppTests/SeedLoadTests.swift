// SPDX-License-Identifier: Apache-2.0
import Foundation
import MarketCore
import MarketCrypto
import MarketHTTP
import TestSupport
import Testing

@testable import MarketApp

/// What load runs are made on: SKUs, buyers, their carts and tokens.
@Suite(.timeLimit(.minutes(5)))
struct SeedLoadTests {
    private static let carts = """
        select string_agg(concat_ws(' ', c.user_id, c.id, c.version, l.line_id, l.variant_id, l.quantity), ';'
                          order by c.id, l.line_id)
          from carts.carts c left join carts.cart_lines l on l.cart_id = c.id
        """

    private static func options(skus: Int, buyers: Int) -> SeedOptions {
        var options = SeedOptions()
        options.products = 0
        options.skus = skus
        options.buyers = buyers
        return options
    }

    @Test func loadRunsGetSkusAndBuyersWithTokensThatOpen() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("mve-tokens-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await SeedFixture.withSeed { seed, database in
            let tokens = await AccessTokens(secret: try #require(SecretKey([UInt8](repeating: 7, count: 32))))
            var options = SeedOptions()
            options.products = 0
            options.skus = 50
            options.buyers = 25
            options.tokensFile = file
            let report = try await seed(options).run(tokens: tokens, isProduction: false)
            #expect(report.products == 50 && report.variants == 50 && report.buyers == 25 && report.tokens == 25)
            _ = try await database.sql("update accounts.sessions set revoked_at = now(), revoke_reason = 'logout'")
            _ = try await seed(options).run(tokens: tokens, isProduction: false)
            let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 25)
            for line in lines {
                let fields = line.split(separator: "\t").map(String.init)
                let user = try #require(UserID(fields[0]))
                let claims = try await tokens.verify(Array(fields[1].utf8))
                let cart = try #require(CartID(fields[2]))
                #expect(claims.user == user)
                let open = try await database.sql(
                    """
                    select count(*) from accounts.sessions s join carts.carts c on c.user_id = s.user_id
                     where s.id = \(claims.session.rawValue) and s.user_id = \(user.rawValue) and s.revoked_at is null
                       and c.id = \(cart.rawValue)
                    """)
                #expect(open == "1\n")
            }
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let stock = try await database.sql("select min(on_hand) from inventory.stock")
            #expect(stock == "\(SeedLoadProducts.stock)\n")
        }
    }

    @Test func everyBuyerHasACartOfThreeSkusAtTheirPricesAndAllInvariantsHold() async throws {
        let options = Self.options(skus: 40, buyers: 60)
        let first = try await SeedFixture.withSeed { seed, database in
            let report = try await seed(options).run(tokens: nil, isProduction: false)
            #expect(report.buyers == 60 && report.carts == 60)
            let wrong = try await database.sql(
                """
                select count(*) from carts.carts c where 3 <> (
                  select count(distinct l.variant_id) from carts.cart_lines l join catalog.variants v on v.id = l.variant_id
                   where l.cart_id = c.id and v.sku like 'LOAD-%' and l.quantity = 1 and l.unit_price_seen_minor = v.price_minor)
                """)
            #expect(wrong == "0\n")
            let used = try await database.sql("select count(distinct variant_id) from carts.cart_lines")
            #expect(used == "40\n", "180 draws leave none of 40 out")
            let broken = try await database.sql(
                "select string_agg(name, ',') from platform.invariants_v4() where not ok")
            #expect(broken == "\n")
            return try await database.sql(Self.carts)
        }
        let second = try await SeedFixture.withSeed { seed, database in
            // Without a number of its own, buyers take the SKUs that are there.
            _ = try await seed(Self.options(skus: 40, buyers: 0)).run(tokens: nil, isProduction: false)
            _ = try await seed(Self.options(skus: 0, buyers: 60)).run(tokens: nil, isProduction: false)
            return try await database.sql(Self.carts)
        }
        #expect(first == second)
    }

    @Test func emptyCartsAreFilledAgainOneVersionHigherAndOthersAreLeftAlone() async throws {
        try await SeedFixture.withSeed { seed, database in
            let options = Self.options(skus: 10, buyers: 4)
            _ = try await seed(options).run(tokens: nil, isProduction: false)
            let filled = try await database.sql(Self.carts)
            // The first is ordered, of the second a line is removed.
            _ = try await database.sql(
                """
                update carts.carts set version = version + 1 where id in (select id from carts.carts order by id limit 2);
                delete from carts.cart_lines where cart_id = (select min(id) from carts.carts);
                delete from carts.cart_lines where line_id = (
                  select max(line_id) from carts.cart_lines
                   where cart_id = (select id from carts.carts order by id limit 1 offset 1));
                """)
            let again = try await seed(options).run(tokens: nil, isProduction: false)
            #expect(again.carts == 1 && again.buyers == 0)
            let lines = try await database.sql(
                """
                select string_agg(concat(c.version, ':', (select count(*) from carts.cart_lines l where l.cart_id = c.id)), ' '
                                  order by c.id) from carts.carts c
                """)
            #expect(lines == "4:3 3:2 2:3 2:3\n")
            #expect(again.description.contains("Filled 1 carts."))
            let third = try await seed(options).run(tokens: nil, isProduction: false)
            #expect(third.changedNothing)
            #expect(filled.split(separator: ";").count == 12)
        }
    }

    @Test func withoutSkusCartsStayEmpty() async throws {
        try await SeedFixture.withSeed { seed, database in
            let report = try await seed(Self.options(skus: 2, buyers: 3)).run(tokens: nil, isProduction: false)
            #expect(report.buyers == 3 && report.carts == 0)
            let carts = try await database.sql("select count(*), max(version) from carts.carts")
            #expect(carts == "3|1\n")
        }
    }

    @Test func stockIsWhatWasAskedForWhereItIsNew() async throws {
        try await SeedFixture.withSeed { seed, database in
            var options = Self.options(skus: 3, buyers: 0)
            options.stock = 7
            _ = try await seed(options).run(tokens: nil, isProduction: false)
            options.skus = 5
            options.stock = 9
            _ = try await seed(options).run(tokens: nil, isProduction: false)
            let stock = try await database.sql(
                "select string_agg(on_hand::text, ' ' order by variant_id) from inventory.stock")
            #expect(stock == "7 7 7 9 9\n")
            for wrong in [0, SeedOptions.stockMax + 1] {
                options.stock = wrong
                let refused = options
                await #expect(throws: SeedError.usage("--stock is a number from 1 to \(SeedOptions.stockMax)")) {
                    _ = try await seed(refused).run(tokens: nil, isProduction: false)
                }
            }
        }
    }
}
