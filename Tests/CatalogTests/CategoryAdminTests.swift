// SPDX-License-Identifier: Apache-2.0
import Catalog
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization
import TestRoutes
import TestSupport
import Testing

/// The admins' tree over that of `CatalogRows`: 1 (a) > 2 (b) > 3 (c), 1 > 4 (d), and 5 (e). Person 90 is an admin with every
/// permission, 91 one with another.
@Suite(.timeLimit(.minutes(5))) struct CategoryAdminTests {
    private struct Shop: Sendable {
        let base: RoutesFixture
        let tokens: [Int64: String]
        let told: Told

        func post(
            _ path: String, _ body: String, by user: Int64? = 90, key: String? = nil,
            headers: [(name: String, value: String)] = []
        ) async throws -> TestClient.Answer {
            try await base.send(
                path == "update" ? "PUT" : "POST", "/api/admin/categories/\(path)/", body,
                token: user.flatMap { tokens[$0] }, key: key, headers: headers)
        }

        /// All categories: id, path.
        func tree() async throws -> String {
            try await base.row(
                """
                select string_agg(c.id || ' ' || array_to_string(c.path, '/'), ', ' order by c.id) from catalog.categories c
                 where c.id < 100
                """)
        }
    }

    private final class Told: Sendable {
        let changes = Mutex<[Bool]>([])
    }

    private static func with(_ body: @escaping @Sendable (Shop) async throws -> Void) async throws {
        try await RoutesFixture.with { base in
            try await base.script(CatalogRows.sql)
            let told = Told()
            base.serve(
                categoryAdminRoutes(
                    CategoryDependencies(gate: base.gate, transactions: base.transactions, ids: base.ids) { taxes in
                        told.changes.withLock { $0.append(taxes) }
                    }))
            let tokens = [
                Int64(1): try await base.token(of: 1),
                90: try await base.token(of: 90, roles: .admin, permissions: .all),
                91: try await base.token(of: 91, roles: .admin, permissions: .productsRead),
                101: try await base.token(of: 101, roles: .seller),
            ]
            try await body(Shop(base: base, tokens: tokens, told: told))
        }
    }

    private static func id(_ number: Int64) -> String { CatalogRows.category(number) }

    private static func new(_ slug: String, under parent: Int64?, extra: String = "") -> String {
        let parent = parent.map { "\"\(id($0))\"" } ?? "null"
        return #"{"name":"New","slug":"\#(slug)","parent_id":\#(parent)\#(extra)}"#
    }

    @Test func makesOne() async throws {
        try await Self.with { shop in
            let made = try await shop.post(
                "create", Self.new("audio-2", under: 3, extra: #","position":7,"image_url":"/media/a.webp""#),
                key: "cat-0001")
            #expect(made.status == 201)
            #expect(try made.json["path"]?.elements?.map { $0.string } == ["a", "b", "c", "audio-2"])
            #expect(try made.json["position"]?.int == 7)
            #expect(try made.json["tax_class"]?.string == "standard")
            #expect(try made.json["product_count"]?.int == 0)
            let again = try await shop.post(
                "create", Self.new("audio-2", under: 3, extra: #","position":7,"image_url":"/media/a.webp""#),
                key: "cat-0001")
            #expect(again.isReplay && again.body == made.body)
            #expect(shop.told.changes.withLock { $0 } == [false])
            let audit = try await shop.base.row(
                "select action, actor_type, actor_id, after->>'slug' from platform.audit")
            #expect(audit == "category.created|admin|90|audio-2")
        }
    }

    @Test(
        "what is no category",
        arguments: [
            new("Audio", under: nil), new("a--b", under: nil), new("b", under: nil), new("x", under: 99),
            new("x", under: nil, extra: #","image_url":"http://plain.example/x""#),
            new("x", under: nil, extra: #","tax_class":"20 %""#), #"{"slug":"x"}"#, #"{"name":" x","slug":"x"}"#,
        ])
    func invalid(body: String) async throws {
        try await Self.with { shop in
            let refused = try await shop.post("create", body)
            #expect(refused.code == "validation-failed")
            #expect(try await shop.base.row("select count(*) from catalog.categories") == "5")
        }
    }

    @Test func movesAndRenamesWithAllBelow() async throws {
        try await Self.with { shop in
            let moved = try await shop.post("move", #"{"id":"\#(Self.id(2))","parent_id":"\#(Self.id(5))"}"#)
            #expect(try moved.json["path"]?.elements?.map { $0.string } == ["e", "b"])
            #expect(moved.header("ETag") == "\"v2\"")
            let renamed = try await shop.post(
                "update", #"{"id":"\#(Self.id(2))","slug":"bees","name":"Bees","expected_version":2}"#)
            #expect(try renamed.json["name"]?.string == "Bees")
            #expect(try await shop.tree() == "1 a, 2 e/bees, 3 e/bees/c, 4 a/d, 5 e")
            let late = try await shop.post("update", #"{"id":"\#(Self.id(2))","name":"x","expected_version":2}"#)
            #expect(late.code == "version-conflict")
            let tag = try await shop.post(
                "move", #"{"id":"\#(Self.id(2))","parent_id":null}"#, headers: [("If-Match", "\"v1\"")])
            #expect(tag.status == 412)
            for parent in [Int64(2), 3] {
                let cycle = try await shop.post("move", #"{"id":"\#(Self.id(2))","parent_id":"\#(Self.id(parent))"}"#)
                #expect(cycle.code == "validation-failed")
                #expect(try cycle.json["errors"]?.elements?.first?["code"]?.string == "cycle")
            }
            let top = try await shop.post("move", #"{"id":"\#(Self.id(3))","parent_id":null}"#)
            #expect(top.status == 200)
            #expect(try await shop.tree() == "1 a, 2 e/bees, 3 c, 4 a/d, 5 e")
            let where_ = try await shop.post("move", #"{"id":"\#(Self.id(3))"}"#)
            #expect(where_.code == "validation-failed")
            let unknown = try await shop.post("move", #"{"id":"\#(Self.id(99))","parent_id":null}"#)
            #expect(unknown.code == "not-found")
        }
    }

    @Test func aTaxClassRaisesTheOffers() async throws {
        try await Self.with { shop in
            let before = try await shop.base.row("select offer_version from inventory.stock where variant_id = 20")
            // Product 2 is in category 2 + 2 % 3 = 4.
            let changed = try await shop.post("update", #"{"id":"\#(Self.id(4))","tax_class":"reduced"}"#)
            #expect(try changed.json["tax_class"]?.string == "reduced")
            let after = try await shop.base.row("select offer_version from inventory.stock where variant_id = 20")
            #expect(try #require(Int(after)) == (try #require(Int(before))) + 1)
            #expect(shop.told.changes.withLock { $0 } == [true])
        }
    }

    @Test func deletesWhatIsEmpty() async throws {
        try await Self.with { shop in
            for number in [Int64(1), 4] {
                let full = try await shop.post("delete", #"{"id":"\#(Self.id(number))"}"#)
                #expect(full.status == 409 && full.code == "illegal-transition")
            }
            let stale = try await shop.post("delete", #"{"id":"\#(Self.id(5))","expected_version":9}"#)
            #expect(stale.code == "version-conflict")
            let gone = try await shop.post("delete", #"{"id":"\#(Self.id(5))"}"#, key: "cat-delete")
            #expect(gone.status == 204)
            let replayed = try await shop.post("delete", #"{"id":"\#(Self.id(5))"}"#, key: "cat-delete")
            #expect(replayed.status == 204 && replayed.isReplay)
            let again = try await shop.post("delete", #"{"id":"\#(Self.id(5))"}"#)
            #expect(again.code == "not-found")
            #expect(try await shop.tree() == "1 a, 2 a/b, 3 a/b/c, 4 a/d")
        }
    }

    @Test("who may", arguments: [(nil, "token-missing"), (1, "forbidden"), (101, "forbidden"), (91, "forbidden")])
    func permissions(user: Int64?, code: String) async throws {
        try await Self.with { shop in
            for path in ["create", "update", "move", "delete"] {
                let answer = try await shop.post(path, "{}", by: user)
                #expect(answer.code == code)
            }
        }
    }

    /// Two moves that would make a cycle together, and many makers of one slug: one of each.
    @Test func racesLeaveATree() async throws {
        try await Self.with { shop in
            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                for round in 0..<12 {
                    let (id, parent) = round % 2 == 0 ? (Int64(4), Int64(2)) : (2, 4)
                    group.addTask {
                        try await shop.post("move", #"{"id":"\#(Self.id(id))","parent_id":"\#(Self.id(parent))"}"#)
                            .status
                    }
                    group.addTask { try await shop.post("create", Self.new("one", under: 5)).status }
                }
                var answers: [Int] = []
                for try await status in group { answers.append(status) }
                return answers
            }
            #expect(answers.filter { $0 == 201 }.count == 1)
            let broken = try await shop.base.row(
                """
                select count(*) from catalog.categories c left join catalog.categories p on p.id = c.parent_id
                 where c.path <> p.path || c.slug or c.ancestor_ids <> p.ancestor_ids || c.id
                    or c.parent_id is null and c.path <> array[c.slug]
                """)
            #expect(broken == "0")
        }
    }
}
