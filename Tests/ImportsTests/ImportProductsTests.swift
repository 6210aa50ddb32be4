// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Catalog
@testable import Imports

/// Tables of products: what they make and change, and that they are judged as requests are.
@Suite(.timeLimit(.minutes(5))) struct ImportProductsTests {
    static let kind = [("kind", "products")]

    private static let rugs = """
        sku,product,title,description,category,brand,hsn_code,gst_rate_bps,attributes,return_days,returnable,options,price_amount,\
        compare_at_amount,tiers,min_quantity,max_quantity,step,weight_g,barcode,is_default,quantity
        R-1,kilim,Kilim rug,"Woven.
        By hand.",a,Dhwani,5702,500,"{""material"":""wool"",""watts"":40,""wireless"":false}",10,true,"{""colour"":""red""}",1000,1200,\
        "[{""min_quantity"":10,""price_amount"":900}]",2,40,2,1500,8901234567894,false,7
        R-2,kilim,,,,,,,,,,"{""colour"":""blue""}",1100,,,,,,1500,,true,3
        L-1,,Lamp,,a,,9405,1800,,,,,2000,,,,,,800,,,

        """

    @Test func makesDraftsOfRows() async throws {
        try await ImportsFixture.with { fixture in
            let answer = try await fixture.finished(try await fixture.taken(Self.rugs, Self.kind))
            #expect(try answer.json["rows"]?["ok"]?.int == 3, "\(answer.text)")
            let products = try await fixture.text(
                """
                select string_agg(concat_ws('|', p.title, p.description, p.brand, p.hsn_code, p.gst_rate_bps, p.status,
                         p.moderation, p.options, p.attributes, p.return_policy, r.reference), ' + ' order by p.id)
                  from catalog.products p left join catalog.product_references r on r.product_id = p.id where p.id > 100
                """)
            #expect(
                products == #"""
                    Kilim rug|Woven.
                    By hand.|Dhwani|5702|500|draft|draft|[{"name": "colour", "values": ["red", "blue"]}]|{"watts": 40, "material": "wool", "wireless": false}|{"days": 10, "returnable": true}|kilim + Lamp||9405|1800|draft|draft|[]|{}|{"days": 7, "returnable": true}
                    """#)
            let variants = try await fixture.text(
                """
                select string_agg(concat_ws('|', v.sku, v.price_minor, v.compare_at_minor, v.tiers, v.min_quantity, v.max_quantity,
                         v.step, v.weight_g, v.barcode, v.is_default, s.on_hand), ' + ' order by v.id)
                  from catalog.variants v join inventory.stock s on s.variant_id = v.id where v.sku in ('R-1', 'R-2', 'L-1')
                """)
            #expect(
                variants == #"""
                    R-1|1000|1200|[{"price_minor": 900, "min_quantity": 10}]|2|40|2|1500|8901234567894|f|7 + R-2|1100|[]|1|1|1500|t|3 + L-1|2000|[]|1|1|800|t|0
                    """#)
            let traces = try await fixture.text(
                """
                select string_agg(action || ' ' || actor_type || ' ' || actor_id || ' ' || left(request_id, 4), ', ' order by entity_id)
                  from platform.audit where entity_type = 'product'
                """)
            #expect(traces == "product.created user 2100 imp_, product.created user 2100 imp_")
        }
    }

    @Test func sentAgainItChangesNothing() async throws {
        try await ImportsFixture.with { fixture in
            _ = try await fixture.finished(try await fixture.taken(Self.rugs, Self.kind))
            fixture.told.withLock { $0 = [] }
            let before = try await Self.state(fixture)
            let answer = try await fixture.finished(try await fixture.taken(Self.rugs, Self.kind))
            #expect(try answer.json["rows"]?["ok"]?.int == 3, "\(answer.text)")
            #expect(try await Self.state(fixture) == before)
            #expect(fixture.told.withLock { $0 } == [])
        }
    }

    /// Everything that an import of products could have changed.
    static func state(_ fixture: ImportsFixture) async throws -> String {
        try await fixture.text(
            """
            select (select string_agg(p::text, ';' order by id) from catalog.products p)
                || (select string_agg(v::text, ';' order by id) from catalog.variants v)
                || (select string_agg(s::text, ';' order by variant_id) from inventory.stock s)
                || (select count(*) from catalog.revisions) || ' ' || (select count(*) from platform.outbox)
                || ' ' || (select count(*) from platform.audit where entity_type = 'product')
            """)
    }

    @Test(arguments: ["csv", "jsonl"]) func anExportSentBackChangesNothing(format: String) async throws {
        try await ImportsFixture.with { fixture in
            _ = try await fixture.finished(try await fixture.taken(Self.rugs, Self.kind))
            try await fixture.tellVariantsApart()
            // One that is live with a revision that waits, and one with what no request could have made.
            _ = try await fixture.finished(
                try await fixture.taken("sku,title\nS-1,Better rug\n", Self.kind))
            try await fixture.pool.execute(
                """
                insert into catalog.products (id, seller_id, category_id, slug, title, hsn_code, gst_rate_bps, attributes, images)
                values (43, 5, 1, 'bulk', 'Bulk', '6109', 1800, '{"w":[5]}', '[{"url":"/x.jpg"}]')
                """)
            try await fixture.pool.execute(
                "insert into catalog.variants (id, product_id, seller_id, sku, price_minor, is_default) values (301, 43, 5, 'B-1', 5, true)"
            )
            let before = try await Self.state(fixture)
            let asked = try await fixture.call(
                "POST", "/api/exports/create/", #"{"kind":"products","format":"\#(format)"}"#)
            #expect(asked.status == 202, "\(asked.text)")
            try await fixture.workOff()
            let file = try await fixture.text("select file from imports.exports")
            let bytes = try #require(try await fixture.exported.read(file, at: 0, count: 1 << 20))
            let table = String(decoding: bytes, as: UTF8.self)
            #expect(table.contains("Better rug") && table.contains("kilim"))
            fixture.told.withLock { $0 = [] }
            let answer = try await fixture.finished(
                try await fixture.taken(table, Self.kind + [("format", format)]))
            #expect(try answer.json["rows"]?["ok"]?.int == 24, "\(answer.text)")
            #expect(try answer.json["rows"]?["failed"]?.int == 0)
            #expect(try await Self.state(fixture) == before)
            #expect(fixture.told.withLock { $0 } == [])
        }
    }

    @Test func pricesAreLiveAndTextsWaitForOneRevision() async throws {
        try await ImportsFixture.with { fixture in
            try await fixture.tellVariantsApart()
            let answer = try await fixture.finished(
                try await fixture.taken(
                    """
                    sku,title,price_amount,brand
                    S-1,New rug,700,Dhwani
                    S-2,New rug,800,Dhwani
                    S-3,,900,
                    """, Self.kind))
            #expect(try answer.json["rows"]?["ok"]?.int == 3, "\(answer.text)")
            let product = try await fixture.text(
                """
                select concat_ws(' ', p.title, p.moderation, p.version, r.number, r.state, r.proposed->>'title', r.proposed->>'brand',
                         (select string_agg(price_minor::text, ' ' order by id) from catalog.variants where id in (101, 102, 103)),
                         (select string_agg(type, ',') from platform.outbox where aggregate_type = 'product'))
                  from catalog.products p join catalog.revisions r on r.product_id = p.id where p.id = 41
                """)
            #expect(
                product == "=Rug pending_review_changes 2 1 open New rug Dhwani 700 800 900 product.submitted")
            #expect(fixture.told.withLock { Set($0).isSuperset(of: [101, 102, 103].map { VariantID(rawValue: $0) }) })
        }
    }

    @Test func handsDraftsIn() async throws {
        try await ImportsFixture.with { fixture in
            let head = "sku,title,description,category,hsn_code,gst_rate_bps,price_amount,weight_g,submit\n"
            _ = try await fixture.finished(
                try await fixture.taken("\(head)L-1,Lamp,Bright.,a,9405,1800,2000,800,true\n", Self.kind))
            #expect(try await Self.moderation(fixture) == "pending_review draft")
            // What a trusted seller hands in is approved at once.
            try await fixture.pool.execute(
                """
                insert into accounts.users (id, email, email_folded, password_hash, full_name)
                values (2100, 's@example.org', 's@example.org', 'none', 'Seller')
                """)
            try await fixture.pool.execute(
                "update sellers.sellers set trusted = true, owner_user_id = 2100 where id = 5")
            _ = try await fixture.finished(
                try await fixture.taken("\(head)L-2,Lamp,Bright.,a,9405,1800,2000,800,TRUE\n", Self.kind))
            #expect(try await Self.moderation(fixture) == "pending_review draft, approved active")
        }
    }

    private static func moderation(_ fixture: ImportsFixture) async throws -> String {
        try await fixture.text(
            "select string_agg(moderation || ' ' || status, ', ' order by id) from catalog.products where id > 100")
    }

    @Test func namesPicturesByIdAndHash() async throws {
        try await ImportsFixture.with { fixture in
            try await fixture.pool.execute(
                """
                insert into catalog.images (id, seller_id, sent_sha256, digest, kind, width, height, expires_at) values
                  (61, 5, sha256('a'), sha256('A'), 'webp', 10, 10, now() + interval '1 hour'),
                  (62, 5, sha256('b'), sha256('B'), 'webp', 10, 10, now() + interval '1 hour'),
                  (63, 6, sha256('c'), sha256('C'), 'webp', 10, 10, now() + interval '1 hour')
                """)
            let hash = try await fixture.text("select encode(sha256('B'), 'hex')")
            let foreign = try await fixture.text("select encode(sha256('C'), 'hex')")
            let answer = try await fixture.finished(
                try await fixture.taken(
                    """
                    sku,product,title,description,category,hsn_code,gst_rate_bps,price_amount,weight_g,images
                    L-1,one,Lamp,Bright.,a,9405,1800,2000,800,\(ImageID(rawValue: 61)) \(hash)
                    L-2,two,Lamp,Bright.,a,9405,1800,2000,800,\(foreign)
                    """, Self.kind))
            let errors = try answer.json["errors"]?.elements?.map {
                "\($0["line"]?.int ?? 0) \($0["column"]?.string ?? "") \($0["code"]?.string ?? "")"
            }
            #expect(errors == ["3 images/0 not-found"])
            let pictures = try await fixture.text(
                """
                select string_agg(i.id || ' ' || (i.expires_at is null), ', ' order by i.id) from catalog.images i
                  join catalog.image_uses u on u.image_id = i.id
                """)
            #expect(pictures == "61 true, 62 true")
        }
    }

    @Test func aDryRunMakesNothing() async throws {
        try await ImportsFixture.with { fixture in
            let before = try await Self.state(fixture)
            let answer = try await fixture.finished(
                try await fixture.taken(Self.rugs, Self.kind + [("dry_run", "true")]))
            #expect(try answer.json["rows"]?["ok"]?.int == 3, "\(answer.text)")
            #expect(try await Self.state(fixture) == before)
            #expect(fixture.told.withLock { $0 } == [])
        }
    }

    @Test func onlyWhoMaySellNow() async throws {
        try await ImportsFixture.with { fixture in
            let id = try await fixture.taken(Self.rugs, Self.kind)
            try await fixture.pool.execute("update sellers.sellers set status = 'suspended' where id = 5")
            #expect(try await fixture.finished(id).json["failure"]?["code"]?.string == "seller-not-active")
            #expect(try await fixture.send(Self.rugs, Self.kind).code == "seller-not-active")
        }
    }
}
