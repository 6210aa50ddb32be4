// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

@testable import MarketHTTP

@Suite struct RateLimitBudgetsTests {
    @Test func theContractsBudgetsAreTheDefault() {
        let budgets = RateLimitPolicy.allCases.map { policy in
            let budget = RateLimitBudgets.standard[policy]
            return "\(policy.rawValue) \(budget.quota)/\(budget.seconds)"
        }
        #expect(
            budgets == [
                "read 300/60", "write 60/60", "login 5/60", "login-account 10/3600", "register 3/60", "refresh 10/60",
                "refund 30/60", "import 5/3600", "export 5/3600",
            ])
        #expect(Set(RateLimitPolicy.allCases.map(\.index)) == Set(0..<RateLimitPolicy.allCases.count))
    }

    @Test func aFileReplacesWhatItNames() throws {
        let budgets = try RateLimitBudgets(parsing: "# campaign\r\n\n read\t600/min \nimport 2/day\nlogin 1/s\n")
        #expect(budgets[.read] == RateLimitBudget(quota: 600, seconds: 60))
        #expect(budgets[.importing] == RateLimitBudget(quota: 2, seconds: 86_400))
        #expect(budgets[.login] == RateLimitBudget(quota: 1, seconds: 1))
        #expect(budgets[.write] == RateLimitBudgets.standard[.write])
    }

    @Test(
        "wrong lines are refused",
        arguments: [
            "reads 300/min", "read", "read 300", "read 300/minute", "read 0/min", "read 1000001/min", "read -1/min",
            "read +1/min", "read 1.5/min", "read 300/min extra", "read 300 /min", "read 300/", "read /min", "read off",
            "read 99999999999999999999/min", "read 300/min # why", "READ 300/min", "read 300//min",
        ])
    func refuses(line: String) {
        let mistakes = #expect(throws: RateLimitBudgets.Mistakes.self) {
            try RateLimitBudgets(parsing: "# a\n\(line)\n")
        }
        #expect(mistakes?.list.map(\.line) == [2])
    }

    @Test func listsEveryMistake() {
        let mistakes = #expect(throws: RateLimitBudgets.Mistakes.self) {
            try RateLimitBudgets(parsing: "read 1/min\nread 2/min\nnothing\nwrite x")
        }
        #expect(mistakes?.list.map(\.line) == [2, 3, 4])
        #expect(mistakes?.list.first?.message == "read stands in an earlier line already")
        let empty = #expect(throws: RateLimitBudgets.Mistakes.self) { try RateLimitBudgets(parsing: "# nothing\n") }
        #expect(empty?.list.count == 1)
    }

    @Test func eachRouteHasOnePolicyOrNone() {
        func policy(_ method: HTTPMethod, _ name: String, isRateLimited: Bool = true) -> RateLimitPolicy? {
            RateLimitPolicy.of(
                Route(method, "/x/", name: name, isRateLimited: isRateLimited) { _ in .noContent })
        }
        #expect(policy(.get, "products.list") == .read)
        #expect(policy(.post, "cart.add") == .write)
        #expect(policy(.delete, "x") == .write)
        #expect(policy(.post, "auth.login") == .login)
        #expect(policy(.post, "auth.register") == .register)
        #expect(policy(.post, "auth.refresh") == .refresh)
        #expect(policy(.post, "admin.refund") == .refund)
        #expect(policy(.post, "imports.create") == .importing)
        #expect(policy(.post, "exports.create") == .exporting)
        #expect(policy(.post, "payments.webhook", isRateLimited: false) == nil)
    }

    @Test func networksAreWhatOneCustomerHas() {
        func same(_ one: String, _ other: String) -> Bool {
            RateLimitSubject.network(one) == RateLimitSubject.network(other)
        }
        #expect(same("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"))
        #expect(!same("2001:db8:1:2::1", "2001:db8:1:3::1"))
        #expect(!same("192.0.2.1", "192.0.2.2"))
        #expect(same("192.0.2.1", "::ffff:192.0.2.1"))
        #expect(!same("0.0.0.1", "::1"))
        #expect(RateLimitSubject.network("abcd") == nil)
    }
}
