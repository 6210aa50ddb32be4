// SPDX-License-Identifier: Apache-2.0
import HTTP
import HTTPClient
import Testing

@testable import Sandbox

/// What the provider pays out, and its report.
@Suite(.timeLimit(.minutes(1))) struct SettlementTests {
    private static let day = 86_400.0
    /// What is left of a payment of 129,900.
    private static let net = 129_900 - 3066

    @Test func comesAfterTwoWorkingDays() async throws {
        try await withSandbox { bench in
            // A Thursday: Friday and Monday are working days.
            let payment = try await bench.captured()
            _ = await bench.receiver.take(3)
            try await bench.advance(seconds: 4 * Self.day - 1)
            #expect(try await bench.api("GET", "/v1/settlements").json["count"]?.int == 0)
            try await bench.advance(seconds: 1)
            let settlement = try #require(try await bench.api("GET", "/v1/settlements").json["items"]?.elements?.first)
            #expect(settlement["amount"]?.int == Self.net)
            #expect(settlement["fees"]?.int == 3066)
            #expect(settlement["tax"]?.int == 468)
            #expect(settlement["status"]?.string == "processed")
            #expect(settlement["utr"]?.string?.wholeMatch(of: /SBXN[0-9]{12}/) != nil)
            let event = try await bench.receiver.take(1)[0].json()
            #expect(event["event"]?.string == "settlement.processed")
            #expect(event["account_id"]?.string == EventDraft.accountID)
            let id = try #require(settlement["id"]?.string)
            #expect(try await bench.api("GET", "/v1/settlements/\(id)").json["amount"]?.int == Self.net)
            let rows = try await bench.api("GET", "/v1/settlements/recon/combined?year=2026&month=9&day=14").json
            let row = try #require(rows["items"]?.elements?.first)
            #expect(row["entity_id"]?.string == payment)
            #expect(row["type"]?.string == "payment")
            #expect(row["credit"]?.int == Self.net)
            #expect(row["debit"]?.int == 0)
            #expect(row["fee"]?.int == 3066)
            #expect(row["settlement_id"]?.string == id)
            #expect(row["settlement_utr"]?.string == settlement["utr"]?.string)
            #expect(row["method"]?.string == "upi")
            // The next payment plans the next settlement.
            _ = try await bench.captured()
            try await bench.advance(seconds: 3 * Self.day)
            #expect(try await bench.api("GET", "/v1/settlements").json["count"]?.int == 2)
        }
    }

    @Test func whatGoesBackIsTakenOff() async throws {
        try await withSandbox { bench in
            let account = try await bench.payableAccount()
            let payment = try await bench.captured()
            let other = try await bench.captured()
            _ = try await bench.api(
                "POST", "/v1/payments/\(payment)/transfers",
                "{\"transfers\":[{\"account\":\"\(account)\",\"amount\":90000,\"currency\":\"INR\"}]}")
            try await bench.advance(seconds: 5)
            let refund = try await bench.api("POST", "/v1/payments/\(payment)/refund", #"{"amount":1000}"#).id
            let dispute = try await bench.control("POST", "/disputes", "{\"payment_id\":\"\(other)\",\"amount\":500}")
                .id
            _ = try await bench.api("POST", "/v1/disputes/\(dispute)/accept", "{}")
            let failed = try await bench.api("POST", "/v1/payments/\(other)/refund", #"{"amount":700}"#).id
            _ = try await bench.control("POST", "/refunds/\(failed)/failed")
            let settlement = try await bench.control("POST", "/settlements", "{}")
            #expect(settlement.json["amount"]?.int == 2 * Self.net - 90_000 - 212 - 1000 - 500)
            let report = try await bench.api("GET", "/v1/settlements/recon/combined?year=2026&month=9&count=1000").json
            let rows = report["items"]?.elements ?? []
            #expect(
                rows.compactMap { $0["type"]?.string } == [
                    "payment", "payment", "transfer", "refund", "adjustment", "refund", "adjustment",
                ])
            let ids = rows.compactMap { $0["entity_id"]?.string }
            #expect(ids.contains(refund))
            var sum = 0
            for row in rows { sum += (row["credit"]?.int ?? 0) - (row["debit"]?.int ?? 0) }
            #expect(sum == settlement.json["amount"]?.int)
            #expect(try await bench.control("POST", "/settlements", "{}").errorText == "There is nothing to settle.")
            #expect(
                try await bench.api("GET", "/v1/settlements/recon/combined?year=2026&month=9&count=2&skip=1").json[
                    "count"]?.int == 2)
            #expect(
                try await bench.api("GET", "/v1/settlements/recon/combined?year=2026&month=8").json["count"]?.int == 0)
        }
    }

    @Test func feesMayStandInTheReportAlone() async throws {
        try await withSandbox { bench in
            _ = try await bench.captured()
            let header = try await bench.control("POST", "/settlements", #"{"fees_in_header":false}"#).json
            #expect(header["amount"]?.int == Self.net)
            #expect(header["fees"]?.int == 0 && header["tax"]?.int == 0)
            let report = try await bench.api("GET", "/v1/settlements/recon/combined?year=2026&month=9").json
            #expect(report["items"]?.elements?.first?["fee"]?.int == 3066)
        }
    }

    @Test func aLinkedAccountsSettlementIsNotThePlatforms() async throws {
        try await withSandbox { bench in
            let account = try await bench.payableAccount()
            let payment = try await bench.captured()
            _ = try await bench.api(
                "POST", "/v1/payments/\(payment)/transfers",
                "{\"transfers\":[{\"account\":\"\(account)\",\"amount\":90000,\"currency\":\"INR\"}]}")
            try await bench.advance(seconds: 5)
            let id = try await bench.control("POST", "/settlements", "{\"account_id\":\"\(account)\"}").id
            #expect(try await bench.api("GET", "/v1/settlements/\(id)").status == 400)
        }
    }

    @Test func aDisputeThatIsOpenedAgainGivesTheMoneyBack() async throws {
        try await withSandbox { bench in
            let payment = try await bench.captured()
            let dispute = try await bench.control("POST", "/disputes", "{\"payment_id\":\"\(payment)\",\"amount\":500}")
                .id
            _ = try await bench.control("POST", "/disputes/\(dispute)/lost")
            _ = try await bench.control("POST", "/disputes/\(dispute)/reopen", #"{"phase":"arbitration"}"#)
            #expect(try await bench.control("POST", "/settlements", "{}").json["amount"]?.int == Self.net)
        }
    }

    @Test func aLinkedAccountHasItsOwn() async throws {
        try await withSandbox { bench in
            let account = try await bench.payableAccount()
            _ = try await bench.captured()
            for hold in ["false", "true"] {
                _ = try await bench.api(
                    "POST", "/v1/transfers",
                    "{\"account\":\"\(account)\",\"amount\":5000,\"currency\":\"INR\",\"on_hold\":\(hold)}")
            }
            try await bench.advance(seconds: 5)
            _ = await bench.receiver.take(7)
            let settlement = try await bench.control("POST", "/settlements", "{\"account_id\":\"\(account)\"}")
            // What is held back is not paid out.
            #expect(settlement.json["amount"]?.int == 5000)
            #expect(try await bench.receiver.take(1)[0].json()["account_id"]?.string == account)
            func list(_ owner: String?) async throws -> SandboxBench.Answer {
                try await bench.send(
                    "GET", "/v1/settlements", nil,
                    auth: .init(user: SandboxBench.keyID, password: SandboxBench.keySecret),
                    headers: owner.map { [(name: "X-Razorpay-Account", value: $0)] } ?? [])
            }
            #expect(try await list(account).json["count"]?.int == 1)
            #expect(try await list(nil).json["count"]?.int == 0)
            #expect(try await list("acc_0").status == 400)
            // Held for good, it waits over every planned settlement.
            try await bench.advance(seconds: 30 * Self.day)
            #expect(try await list(account).json["count"]?.int == 1)
        }
    }

    @Test func whatIsHeldUntilATimeIsSettledAfterIt() async throws {
        try await withSandbox { bench in
            let account = try await bench.payableAccount()
            _ = try await bench.captured()
            let until = SandboxBench.start + 20 * 86_400
            _ = try await bench.api(
                "POST", "/v1/transfers",
                "{\"account\":\"\(account)\",\"amount\":5000,\"currency\":\"INR\",\"on_hold\":true,\"on_hold_until\":\(until)}"
            )
            try await bench.advance(seconds: 10 * Self.day)
            func transfer() async throws -> JSONValue? {
                try await bench.api("GET", "/v1/transfers").json["items"]?.elements?.first
            }
            let held = try await transfer()
            #expect(held?["settlement_status"]?.string == "on_hold")
            for _ in 0..<12 { try await bench.advance(seconds: Self.day) }
            let settled = try await transfer()
            #expect(settled?["settlement_status"]?.string == "settled")
        }
    }

    @Test func onDemandTakesFromTheBalance() async throws {
        try await withSandbox { bench in
            func settle(_ body: String) async throws -> SandboxBench.Answer {
                try await bench.api("POST", "/v1/settlements/ondemand", body)
            }
            #expect(
                try await settle(#"{"amount":100}"#).errorText
                    == "The amount requested is more than your current balance.")
            _ = try await bench.captured()
            #expect(try await settle("{}").errorText == "The amount field is required.")
            #expect(try await settle(#"{"amount":99}"#).status == 400)
            #expect(try await settle(#"{"amount":100,"when":"now"}"#).status == 400)
            let first = try await settle(#"{"amount":100000,"description":"now","notes":{"a":"b"}}"#)
            #expect(first.id.hasPrefix("setlod_"))
            #expect(first.json["entity"]?.string == "settlement.ondemand")
            #expect(first.json["status"]?.string == "initiated")
            #expect(first.json["fees"]?.int == 295)
            let rest = try await settle(#"{"settle_full_balance":true}"#)
            #expect(rest.json["amount_requested"]?.int == Self.net - 100_000)
            #expect(try await settle(#"{"amount":100}"#).status == 400)
            try await bench.advance(seconds: 60)
            let done = try await bench.api("GET", "/v1/settlements/ondemand/\(first.id)").json
            #expect(done["status"]?.string == "processed")
            #expect(done["amount_settled"]?.int == 100_000 - 295)
            #expect(try await bench.api("GET", "/v1/settlements/ondemand").json["count"]?.int == 2)
            #expect(try await bench.api("GET", "/v1/settlements/ondemand/setlod_0").status == 400)
        }
    }

    @Test(arguments: [
        "", "?year=2026", "?month=9", "?year=2026&month=13", "?year=2026&month=9&day=32",
        "?year=2026&month=9&count=1001", "?year=2026&month=9&week=1",
    ])
    func refusesReportsOfNoTime(query: String) async throws {
        try await withSandbox { bench in
            let report = try await bench.api("GET", "/v1/settlements/recon/combined" + query)
            #expect(report.status == 400)
            #expect(try await bench.api("GET", "/v1/settlements/setl_0").status == 400)
            #expect(try await bench.control("POST", "/settlements", #"{"account_id":"acc_0"}"#).status == 400)
        }
    }

    @Test func daysAreThoseOfIndia() {
        // 2026-09-10 is a Thursday.
        #expect(SettlementDay.due(after: 1_789_000_000) == 1_789_000_000 + 4 * 86_400)
        #expect(SettlementDay.due(after: 1_789_000_000 - 3 * 86_400) == 1_789_000_000 - 86_400)
        // A Saturday's second working day is a Tuesday.
        #expect(SettlementDay.due(after: 1_789_000_000 + 2 * 86_400) == 1_789_000_000 + 5 * 86_400)
        // 18:29:59 and 18:30 of UTC are on two days.
        #expect(SettlementDay.date(of: 1_789_065_000 - 1) == (2026, 9, 10))
        #expect(SettlementDay.date(of: 1_789_065_000) == (2026, 9, 11))
        #expect(SettlementDay.date(of: 0) == (1970, 1, 1))
        #expect(SettlementDay.date(of: 951_782_400) == (2000, 2, 29))
        #expect(SettlementDay.date(of: -86_400) == (1969, 12, 31))
    }

    @Test func theOldestLinesGoWhenThereAreTooMany() {
        var limits = SandboxLimits()
        limits.settlementEntries = 10
        var book = SettlementBook(limits: limits)
        func line(_ number: Int) -> SettlementEntry {
            SettlementEntry(.payment, "\(number)", of: "a", amount: 1, credit: 1, at: Int64(number))
        }
        for number in 0..<10 { _ = book.enter(line(number)) }
        #expect(book.balance(of: "a") == 10)
        _ = book.enter(line(10))
        // Two were forgotten at once.
        #expect(book.balance(of: "a") == 9)
        #expect(book.oldest(of: "a") == 2)
        let settlement = ProviderSettlement(
            id: "s", account: "a", amount: 9, fees: 0, tax: 0, utr: "u", createdAt: 20, status: .processed)
        let entries = book.entries(of: "a") { _ in true }
        book.settle(settlement, entries) { _ in true }
        #expect(book.balance(of: "a") == 0)
        #expect(book.rows { _ in true }.count == 9)
        for number in 11..<13 { _ = book.enter(line(number)) }
        #expect(book.rows { _ in true }.isEmpty)
        #expect(book.settlements.count == 0)
        #expect(book.balance(of: "a") == 2)
    }
}
