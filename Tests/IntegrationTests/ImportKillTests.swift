// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import LocalServices
import MarketCore
import MarketHTTP
import TestSupport
import Testing

/// An import while the servers that work on it are killed: no row is lost, none is applied twice.
@Suite(.timeLimit(.minutes(5)), .serialized) struct ImportKillTests {
    private static let rows = 20_000
    private static let variants = 200

    private static let shop = """
        insert into accounts.users (id, email, email_folded, password_hash, full_name, status, roles) values
          (2100, 's@example.org', 's@example.org', 'none', 'Seller', 'active', '{customer,seller}');
        insert into accounts.sessions (id, user_id) values (2101, 2100);
        insert into sellers.sellers (id, owner_user_id, slug, business_name, status) values (5, 2100, 'five', 'Five', 'active');
        insert into catalog.categories (id, slug, name, path, ancestor_ids) values (1, 'a', 'A', '{a}', '{1}');
        insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps) values
          (41, 5, 1, 'rug', 'Rug', 'approved', '6109', 1800);
        insert into catalog.variants (id, product_id, seller_id, sku, price_minor)
        select 100 + g, 41, 5, 'S-' || g, 1000 from generate_series(1, \(variants)) g;
        """

    private static func stock() -> String {
        var text = "sku,quantity\r\n"
        for row in 0..<rows { text += "S-\(row % variants + 1),\(1000 + row)\r\n" }
        return text
    }

    /// 300 products of ten variants; two rows in each, so that what was applied twice shows as a version too many.
    private static func products() -> String {
        var text =
            "sku,product,title,description,category,hsn_code,gst_rate_bps,options,price_amount,weight_g,quantity\r\n"
        for turn in 0..<2 {
            for row in 0..<3000 {
                let option = #""{""size"":""\#(row % 10)""}""#
                text += "P-\(row),rug-\(row / 10),Rug \(row / 10),Warm.,a,6109,1800,\(option),\(1000 + turn),100,5\r\n"
            }
        }
        return text
    }

    @Test func killedServersRepeatNoStockAndLoseNone() async throws {
        try await kill("stock", Self.stock()) { database in
            let outcome = try await database.text(
                """
                select i.rows_ok || ' ' || i.rows_failed || ' ' || (i.position = i.file_size) || ' ' || m.n || ' ' || m.units
                  from imports.imports i, (select count(*) n, count(distinct on_hand) units from inventory.movements) m
                """)
            #expect(outcome == "\(Self.rows) 0 true \(Self.rows) \(Self.rows)")
            let stock = try await database.text(
                "select min(on_hand) || ' ' || max(on_hand) from inventory.stock where seller_id = 5")
            #expect(
                stock == "\(1000 + Self.rows - Self.variants) \(999 + Self.rows)", "the last row of each is what counts"
            )
        }
    }

    @Test func killedServersMakeEachProductOnce() async throws {
        try await kill("products", Self.products()) { database in
            let outcome = try await database.text(
                """
                select i.rows_ok || ' ' || i.rows_failed || ' ' || p.n || ' ' || p.versions || ' ' || v.n || ' ' || v.prices || ' ' || m.n
                  from imports.imports i,
                       (select count(*) n, min(version) || '-' || max(version) versions from catalog.products where id <> 41) p,
                       (select count(*) n, min(price_minor) || '-' || max(price_minor) prices from catalog.variants
                         where product_id <> 41) v, (select count(*) n from inventory.movements) m
                """)
            #expect(outcome == "6000 0 300 2-2 3000 1001-1001 3000")
        }
    }

    private func kill(
        _ kind: String, _ table: String, _ check: @escaping @Sendable (TestDatabase) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("mve-kill-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        try await TestDatabase.with { database in
            _ = try await database.sql(Self.shop)
            let settings = ServerProcess.Settings(
                databaseURL: database.url, environment: ["MVE_DATA_DIR": directory.path])
            let tokens = await AccessTokens(secret: try ServerProcess.secret())
            let token = try await tokens.issue(
                user: UserID(rawValue: 2100), session: SessionID(rawValue: 2101), audience: .all,
                lifetime: .seconds(3600))
            var victim = try await ServerProcess.start(settings)
            try await ServerProcess.with(settings) { survivor in
                let body =
                    "--x\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\n\(kind)\r\n"
                    + "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n\(table)\r\n--x--\r\n"
                let taken = try await survivor.client.send(
                    "POST", "/api/imports/create/", body, token: token,
                    headers: [("Content-Type", "multipart/form-data; boundary=x")])
                #expect(taken.status == 202, "\(taken.text)")
                let position = "select position from imports.imports"
                for _ in 0..<3 {
                    // Whoever has it gets on a little, then one of the two dies, and nobody waits for the lease of its job.
                    let before = try await database.text(position)
                    while try await database.text(position) == before, try await !Self.isDone(database) {}
                    await victim.kill()
                    _ = try await database.sql("update platform.jobs set run_at = now() where state = 'running'")
                    victim = try await ServerProcess.start(settings)
                }
                while try await !Self.isDone(database) {}
            }
            await victim.kill()
            try await check(database)
        }
    }

    private static func isDone(_ database: TestDatabase) async throws -> Bool {
        try await database.text("select state from imports.imports") == "done"
    }
}
