// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import Synchronization
import TestSupport
import Testing

/// Who may call what: the matrix of the API's contract for products.
@Suite(.timeLimit(.minutes(2))) struct ProductPermissionTests {
    @Test func everyRouteKnowsItsCallers() async throws {
        try await ProductsFixture.with { shop in
            let routes = shop.allRoutes.withLock { $0 }
            #expect(routes.count == 16)
            for route in routes {
                let isAdmins = route.access.hasPrefix("admin")
                #expect(isAdmins == route.path.hasPrefix("/api/admin/"), "\(route.path)")
                func code(_ person: ProductsFixture.Person?) async throws -> String? {
                    try await shop.send(
                        route.method.rawValue, route.path, route.method == .get ? nil : "{}", as: person
                    ).code
                }
                #expect(try await code(nil) == "token-missing", "\(route.path)")
                #expect(try await code(shop.customer) == "forbidden", "\(route.path)")
                // An admin is no seller, and a seller is no admin.
                #expect(try await code(isAdmins ? shop.kiran : shop.admin) == "forbidden", "\(route.path)")
                let permitted = try await code(isAdmins ? shop.admin : shop.kiran)
                #expect(permitted != "forbidden", "\(route.path)")
                if isAdmins {
                    #expect(try await code(shop.clerk) == "forbidden", "\(route.path)")
                    // Who may look may not decide.
                    #expect((try await code(shop.reader) == "forbidden") == (route.method != .get), "\(route.path)")
                }
                if !isAdmins {
                    let body = #"{"id":"\#(ProductID(rawValue: 5))","expected_version":1}"#
                    let member = try await shop.send(
                        route.method.rawValue, route.path, route.method == .get ? nil : body, as: shop.nobody)
                    // By role alone nobody writes for a seller.
                    #expect(member.status == 403, "\(route.path) \(member.text)")
                }
            }
        }
    }
}
