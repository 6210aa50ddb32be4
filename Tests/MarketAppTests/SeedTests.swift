// SPDX-License-Identifier: Apache-2.0
import MarketCrypto
import TestSupport
import Testing

@testable import MarketApp

@Suite(.timeLimit(.minutes(5)))
struct SeedTests {
    /// Everything that the seed writes except hashes (salted) and times of writing.
    private static let fingerprint = """
        select md5(string_agg(t, ';' order by t)) from (
          select row(id, slug, business_name, state_code, rating_count, rating_sum, owner_user_id is null)::text t
            from sellers.sellers
          union all select row(id, parent_id, slug, name, position, path)::text from catalog.categories
          union all select row(id, seller_id, category_id, slug, title, description, attributes, options, badges,
                               price_min_minor, compare_at_minor, rating_count, rating_sum, sold_count, created_at)::text
            from catalog.products
          union all select row(id, sku, options, price_minor, compare_at_minor, tiers, min_quantity, max_quantity, step)::text
            from catalog.variants
          union all select row(variant_id, on_hand, reserved, sellable, version)::text from inventory.stock
          union all select row(id, variant_id, delta)::text from inventory.movements
          union all select row(id, email, full_name, roles, permissions)::text from accounts.users
          union all select row(id, user_id, version)::text from carts.carts) x
        """

    private static let counts = """
        select concat_ws(' ', (select count(*) from sellers.sellers), (select count(*) from catalog.categories),
          (select count(*) from catalog.products), (select count(*) from accounts.users))
        """

    @Test func makesTheDemoCatalogue() async throws {
        try await SeedFixture.withSeed { seed, database in
            let report = try await seed(SeedOptions()).run(tokens: nil, isProduction: false)
            #expect(report.sellers == 10)
            #expect(report.categories == 40)
            #expect(report.products == 1000)
            #expect((2300...2700).contains(report.variants))
            #expect(report.accounts == 4)
            let seen1 = try await database.sql(Self.counts)
            #expect(seen1 == "10 40 1000 4\n")
            let states = try await database.sql("select count(distinct state_code) >= 8 from sellers.sellers")
            #expect(states == "t\n")
            let depths = try await database.sql(
                "select string_agg(distinct cardinality(path)::text, ',') from catalog.categories")
            #expect(depths == "1,2,3\n")
            let visible = try await database.sql(
                "select count(*) from catalog.products where visible and price_min_minor > 0")
            #expect(visible == "1000\n")
            let owner = try await database.sql(
                "select u.email from sellers.sellers s join accounts.users u on u.id = s.owner_user_id")
            #expect(owner == "seller@mve.test\n")
            let broken = try await database.sql(
                "select string_agg(name, ',') from platform.invariants_v4() where not ok")
            #expect(broken == "\n")
        }
    }

    @Test func quantitiesAndTiersFitTogether() async throws {
        try await SeedFixture.withSeed { seed, database in
            _ = try await seed(SeedOptions()).run(tokens: nil, isProduction: false)
            let some = try await database.sql(
                """
                select count(*) filter (where tiers <> '[]') > 200, count(*) filter (where min_quantity > 1) > 100,
                       count(*) filter (where max_quantity is not null) > 100
                  from catalog.variants
                """)
            #expect(some == "t|t|t\n")
            let wrong = try await database.sql(
                """
                select count(*) from catalog.variants v where v.min_quantity % v.step <> 0
                  or exists (select 1 from jsonb_array_elements(v.tiers) with ordinality t(tier, n)
                              where (tier->>'price_minor')::bigint >= coalesce(
                                      (v.tiers->(n::int - 2)->>'price_minor')::bigint, v.price_minor)
                                    and n > 1 or (tier->>'price_minor')::bigint >= v.price_minor
                                    or (tier->>'min_quantity')::int <= v.min_quantity)
                """)
            #expect(wrong == "0\n")
        }
    }

    @Test func runningItTwiceChangesNothing() async throws {
        try await SeedFixture.withSeed { seed, database in
            var options = SeedOptions()
            options.products = 120
            options.skus = 30
            options.buyers = 12
            _ = try await seed(options).run(tokens: nil, isProduction: false)
            _ = try await database.sql(
                "update catalog.variants set price_minor = price_minor + 1, compare_at_minor = null where sku = 'LOAD-1'"
            )
            let first = try await database.sql(Self.fingerprint)
            let again = try await seed(options).run(tokens: nil, isProduction: false)
            #expect(again.changedNothing)
            let seen2 = try await database.sql(Self.fingerprint)
            #expect(seen2 == first)
        }
    }

    @Test func everyDatabaseGetsTheSameAndMoreLeavesTheFirstAlone() async throws {
        var options = SeedOptions()
        options.products = 150
        let small = options
        options.products = 400
        options.skus = 20
        let large = options
        let apart = try await SeedFixture.withSeed { seed, database in
            _ = try await seed(small).run(tokens: nil, isProduction: false)
            _ = try await seed(large).run(tokens: nil, isProduction: false)
            return try await database.sql(Self.fingerprint)
        }
        let atOnce = try await SeedFixture.withSeed { seed, database in
            _ = try await seed(large).run(tokens: nil, isProduction: false)
            return try await database.sql(Self.fingerprint)
        }
        #expect(apart == atOnce)
    }

    @Test func itsPasswordsOpenTheAccounts() async throws {
        try await SeedFixture.withSeed { seed, database in
            var options = SeedOptions()
            options.products = 0
            options.buyers = 1
            let report = try await seed(options).run(tokens: nil, isProduction: false)
            for login in report.logins {
                let hash = try await database.sql(
                    "select password_hash from accounts.users where email = '\(login.email)'")
                #expect(PasswordHash.verify(login.password, against: String(hash.dropLast())))
                #expect(report.description.contains("\(login.email) / \(login.password)"))
            }
        }
    }

    @Test func refusesProductionAndWhatDoesNotFit() async throws {
        try await SeedFixture.withSeed { seed, database in
            await #expect(throws: SeedError.refusedInProduction) {
                _ = try await seed(SeedOptions()).run(tokens: nil, isProduction: true)
            }
            var options = SeedOptions()
            options.tokensFile = "/nonexistent/tokens"
            await #expect(throws: SeedError.usage("--tokens needs --buyers")) {
                _ = try await seed(options).run(tokens: nil, isProduction: false)
            }
            options = SeedOptions()
            options.skus = SeedOptions.countMax + 1
            await #expect(throws: SeedError.self) { _ = try await seed(options).run(tokens: nil, isProduction: false) }
            let seen3 = try await database.sql(Self.counts)
            #expect(seen3 == "0 0 0 0\n")
        }
    }

    @Test func theFirstStartSeedsOnlyAnEmptyDatabase() async throws {
        try await SeedFixture.withPool { pool, database in
            let seen4 = try await Seed.runWhereEmpty(pool: pool, isProduction: true)
            #expect(seen4 == nil)
            let seen5 = try await Seed.runWhereEmpty(pool: pool, isProduction: false)
            #expect(seen5?.products == 1000)
            let seen6 = try await Seed.runWhereEmpty(pool: pool, isProduction: false)
            #expect(seen6 == nil)
            let seen7 = try await database.sql(Self.counts)
            #expect(seen7 == "10 40 1000 4\n")
        }
    }
}
