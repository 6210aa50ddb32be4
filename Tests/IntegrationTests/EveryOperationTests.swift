// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestSupport
import Testing

/// What all operations of a kind have in common, asked of each of them on a running server.
@Suite(.timeLimit(.minutes(10))) struct EveryOperationTests {
    /// Somebody who is let through.
    private static func suited(_ rule: PermissionMatrix.Rule) -> PermissionMatrix.Principal {
        switch rule {
        case .everybody, .signedLink, .provider: .nobody
        case .nobodyOrCustomers, .loggedIn, .formerly, .customers, .parties: .customer
        case .sellers: .seller
        case .admins: .adminWith
        }
    }

    private static func with(
        _ body: @Sendable (_ client: TestClient, _ operations: [(ServedOperation, token: String?)]) async throws -> Void
    ) async throws {
        try await LiveShop.with { shop in
            let people = try await MatrixPeople.move(into: shop.database)
            var operations: [(ServedOperation, token: String?)] = []
            for operation in try await ServedOperation.all(of: shop.client) {
                let rule = try #require(PermissionMatrix.rules[operation.name], "\(operation.name)")
                operations.append((operation, people.token(suited(rule), rule)))
            }
            try await body(shop.client, operations)
        }
    }

    /// The same request under its key is answered with the same octets, a refusal as well; another one under it is refused.
    @Test func everyKeyIsHonoured() async throws {
        try await Self.with { client, operations in
            var asked = 0
            for (operation, token) in operations where ["accepted", "required"].contains(operation.keys) {
                // A refresh token names whose key it is: `RefreshSessionTests`.
                guard operation.method != "GET", operation.name != "POST /api/auth/refresh/" else { continue }
                asked += 1
                let key = "every-operation-\(asked)"
                let first = try await operation.ask(token, client, key: key)
                #expect(first.status < 500 && ![401, 403, 415, 429].contains(first.status), "\(operation.name)")
                #expect(!first.isReplay, "\(operation.name)")
                let again = try await operation.ask(token, client, key: key)
                #expect(again.isReplay && again.status == first.status, "\(operation.name): \(again.text)")
                #expect(again.body == first.body, "\(operation.name)")
                let other = try await operation.ask(token, client, key: key, more: "something")
                #expect(
                    other.status == 409 && other.code == "idempotency-key-reused", "\(operation.name): \(other.text)")
            }
            #expect(asked > 80)
        }
    }

    /// What a list needs before it looks at a page.
    private static let needs = [
        "GET /api/reviews/list/": "product_id=\(Fixture.product)&", "GET /api/products/search/": "q=rug&",
    ]

    /// A cursor that nobody gave, a page of no size or of any, and a parameter that nobody knows, are refused by every list.
    @Test func everyListRefusesWhatIsNoPage() async throws {
        try await Self.with { client, operations in
            var asked = 0
            for (operation, token) in operations where operation.query.isSuperset(of: ["cursor", "limit"]) {
                // Of a variant, which somebody must own: `ListStockTests`.
                guard operation.name != "GET /api/inventory/movements/" else { continue }
                asked += 1
                let path = "\(operation.path)?\(Self.needs[operation.name] ?? "")"
                let odd = try await client.get("\(path)cursor=odd", token: token)
                #expect(odd.status == 400 && odd.code == "invalid-cursor", "\(operation.name): \(odd.text)")
                let unknown = try await client.get("\(path)nobody_knows=1", token: token)
                #expect(
                    unknown.status == 400 && unknown.code == "unknown-parameter", "\(operation.name): \(unknown.text)")
                for size in ["0", "101", "-1", "ten"] {
                    let answer = try await client.get("\(path)limit=\(size)", token: token)
                    #expect(
                        ["malformed-request", "validation-failed"].contains(answer.code), "\(operation.name) \(size)")
                }
                let whole = try await client.get("\(path)limit=100", token: token)
                #expect(whole.status == 200, "\(operation.name): \(whole.text)")
            }
            #expect(asked > 20)
        }
    }

    /// Lists whose order has no name: a rank, and what is sorted as it is worked off.
    private static let withoutOrder: Set = [
        "GET /api/products/search/", "GET /api/admin/ops/jobs/", "GET /api/admin/ops/outbox/",
    ]

    /// A list may be asked for the order that it has anyway; one that it has not is refused.
    @Test func everyListKnowsItsOwnOrder() async throws {
        try await Self.with { client, operations in
            let lists = operations.filter { $0.0.query.isSuperset(of: ["cursor", "limit"]) }
            #expect(Set(lists.filter { !$0.0.query.contains("sort") }.map(\.0.name)) == Self.withoutOrder)
            for (operation, token) in lists where operation.query.contains("sort") {
                // Of a variant, which somebody must own: `ListStockTests`.
                guard operation.name != "GET /api/inventory/movements/" else { continue }
                let order = try #require(operation.order, "\(operation.name)")
                let path = "\(operation.path)?\(Self.needs[operation.name] ?? "")sort="
                let usual = try await client.get(path + order, token: token)
                #expect(usual.status == 200, "\(operation.name): \(usual.text)")
                let odd = try await client.get(path + "nonsense", token: token)
                #expect(odd.status == 422 && odd.code == "validation-failed", "\(operation.name): \(odd.text)")
            }
        }
    }
}
