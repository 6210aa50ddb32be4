// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestSupport
import Testing

/// Every served route, asked by everybody: a running server lets through whom the contract's permission matrix lets through, and
/// tells everybody else why not.
@Suite(.timeLimit(.minutes(10))) struct PermissionMatrixTests {
    /// What an answer says of its caller; nil for one that must not be.
    private static func verdict(_ answer: TestClient.Answer) -> PermissionMatrix.Verdict? {
        // What nobody got as far as to judge says nothing of the caller.
        let before: Set = [
            "unsupported-media-type", "method-not-allowed", "idempotency-key-required",
            "rate-limited",
        ]
        guard answer.status < 500, !before.contains(answer.code ?? "") else { return nil }
        let refusals: [PermissionMatrix.Verdict] = [.missing, .invalid, .blocked, .forbidden, .audience]
        return refusals.first { $0.code == answer.code } ?? (answer.status == 401 ? nil : .through)
    }

    @Test func everybodyIsTreatedAsPromised() async throws {
        let environment = ["ADMIN_SECOND_FACTOR": "required"]
        try await LiveShop.with(environment: environment) { shop in
            let people = try await MatrixPeople.move(into: shop.database)
            let operations = try await ServedOperation.all(of: shop.client)
            #expect(Set(operations.map(\.name)) == Set(PermissionMatrix.rules.keys), "say in the table who may call it")
            // These eyes find a route that is not as the table says; first, since everybody logs out in the end.
            for (name, wrong, principal) in Self.mistakes {
                var rules = PermissionMatrix.rules
                rules[name] = wrong
                let one = operations.filter { $0.name == name }
                let faults = try await Self.faults(principal, people, one, rules, client: shop.client)
                #expect(faults.count == 1, "\(name) is not for \(wrong)")
            }
            try await withThrowingTaskGroup(of: [String].self) { group in
                for principal in PermissionMatrix.Principal.allCases {
                    group.addTask { try await Self.faults(principal, people, operations, client: shop.client) }
                }
                for try await faults in group {
                    #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
                }
            }
        }
    }

    /// Rules that are not those of the routes, and who notices.
    private static let mistakes: [(String, PermissionMatrix.Rule, PermissionMatrix.Principal)] = [
        ("GET /api/products/list/", .customers, .nobody), ("GET /api/orders/list/", .everybody, .nobody),
        ("GET /api/sellers/profile/", .loggedIn, .customer), ("GET /api/wishlist/get/", .loggedIn, .seller),
        ("GET /api/auth/profile/", .sellers, .asCustomer), ("GET /api/cart/get/", .loggedIn, .nobody),
        ("POST /api/cart/add/", .loggedIn, .asSeller), ("POST /api/cart/clear/", .everybody, .seller),
        ("POST /api/admin/refunds/decide/", .admins("orders:read"), .adminWith),
        ("POST /api/admin/refunds/decide/", .admins("orders:read"), .adminWithout),
        ("POST /api/auth/account/delete/", .formerly, .blocked),
    ]

    /// Where a principal is not treated as promised.
    private static func faults(
        _ principal: PermissionMatrix.Principal, _ people: MatrixPeople, _ operations: [ServedOperation],
        _ rules: [String: PermissionMatrix.Rule] = PermissionMatrix.rules, client: TestClient
    ) async throws -> [String] {
        var faults: [String] = []
        for operation in operations {
            guard let rule = rules[operation.name] else { continue }
            let promised = try #require(PermissionMatrix.verdict(rule, principal))
            let answer = try await operation.ask(people.token(principal, rule), client)
            guard verdict(answer) != promised else { continue }
            faults.append(
                "\(operation.name) by \(principal): \(answer.status) \(answer.code ?? "-"), not \(promised.code ?? "let through")"
            )
        }
        return faults
    }

    /// The table itself: each row judges every principal.
    @Test func everyRowIsComplete() {
        for rule in Set(PermissionMatrix.rules.values) {
            for principal in PermissionMatrix.Principal.allCases {
                #expect(PermissionMatrix.verdict(rule, principal) != nil, "\(rule) \(principal)")
            }
        }
    }
}
