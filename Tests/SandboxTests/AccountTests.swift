// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

@testable import Sandbox

extension SandboxBench {
    static let account =
        #"{"email":"v1@example.com","phone":"9000000003","type":"route","legal_business_name":"Vendor One","#
        + #""business_type":"partnership","reference_id":"v1","profile":{"category":"healthcare"},"notes":{"a":"b"}}"#
    static let bank =
        #"{"settlements":{"account_number":"1234567890","ifsc_code":"HDFC0000317","beneficiary_name":"V"},"tnc_accepted":true}"#

    /// A linked account with bank data, under review; its event is taken.
    func reviewedAccount(_ number: Int = 1) async throws -> (account: String, product: String) {
        let body = Self.account.split(separator: "v1").joined(separator: "v\(number)")
        let account = try await api("POST", "/v2/accounts", String(body)).id
        _ = try await api("POST", "/v2/accounts/\(account)/stakeholders", #"{"name":"V","email":"v@example.com"}"#)
        let product = try await api("POST", "/v2/accounts/\(account)/products", #"{"product_name":"route"}"#).id
        let answer = try await api("PATCH", "/v2/accounts/\(account)/products/\(product)", Self.bank)
        try #require(answer.json["activation_status"]?.string == "under_review", "\(answer.text)")
        return (account, product)
    }

    /// A linked account that can be paid; a day and more has passed for it.
    func payableAccount(_ number: Int = 1) async throws -> String {
        let (account, product) = try await reviewedAccount(number)
        _ = try await control("POST", "/products/\(product)/activated")
        try await advance(seconds: 86_400)
        return account
    }
}

/// Who sells on the platform: accounts, people and products.
@Suite(.timeLimit(.minutes(1))) struct AccountTests {
    @Test func isMadeChangedAndSuspended() async throws {
        try await withSandbox { bench in
            let made = try await bench.api("POST", "/v2/accounts", SandboxBench.account)
            #expect(made.status == 200)
            #expect(made.id.wholeMatch(of: /acc_[A-Za-z0-9]{14}/) != nil)
            #expect(made.json["status"]?.string == "created")
            #expect(made.json["profile"]?["category"]?.string == "healthcare")
            #expect(made.json["notes"]?["a"]?.string == "b")
            let path = "/v2/accounts/\(made.id)"
            #expect(try await bench.api("GET", path).text == made.text)
            let edited = try await bench.api(
                "PATCH", path, #"{"profile":{"category":"food"},"contact_name":"Asha","notes":{}}"#)
            #expect(edited.json["profile"]?["category"]?.string == "food")
            #expect(edited.json["contact_name"]?.string == "Asha")
            #expect(edited.json["legal_business_name"]?.string == "Vendor One")
            #expect(edited.json["notes"]?.elements?.isEmpty == true)
            #expect(try await bench.api("PATCH", path, #"{"email":"w@example.com"}"#).status == 400)
            #expect(try await bench.api("PATCH", path, #"{"phone":"1"}"#).status == 400)
            let suspended = try await bench.api("DELETE", path, "{}")
            #expect(suspended.json["status"]?.string == "suspended")
            #expect(suspended.json["suspended_at"]?.int64 == SandboxBench.start)
            #expect(try await bench.api("DELETE", path, "{}").errorText == "The account is suspended.")
            #expect(try await bench.api("PATCH", path, "{}").status == 400)
        }
    }

    @Test(arguments: [
        "email", "phone", "legal_business_name", "business_type",
    ])
    func refusesWhatIsMissing(member: String) async throws {
        try await withSandbox { bench in
            let body = SandboxBench.account.split(separator: "\"\(member)\":")
                .joined(separator: "\"\(member)\":null,\"contact_name\":")
            let answer = try await bench.api("POST", "/v2/accounts", body)
            #expect(answer.errorText == "The \(member) field is required.")
        }
    }

    @Test(arguments: [
        (#""email":"v1@example.com""#, #""email":"v1""#), (#""phone":"9000000003""#, #""phone":"90""#),
        (#""type":"route""#, #""type":"standard""#), (#""notes""#, #""nots""#),
    ])
    func refusesWhatIsWrong(right: String, wrong: String) async throws {
        try await withSandbox { bench in
            let body = SandboxBench.account.split(separator: right).joined(separator: wrong)
            let answer = try await bench.api("POST", "/v2/accounts", body)
            #expect(answer.status == 400)
            #expect(try await bench.api("GET", "/v2/accounts/acc_0").errorText == "The id provided does not exist")
        }
    }

    @Test func addressesAndReferencesAreUsedOnceAndThereIsABound() async throws {
        try await withSandbox(configure: { $0.limits.accounts = 1 }) { bench in
            let first = try await bench.api("POST", "/v2/accounts", SandboxBench.account).id
            let again = try await bench.api("POST", "/v2/accounts", SandboxBench.account)
            #expect(again.errorText == "Merchant email already exists for account - \(first)")
            let sameReference = SandboxBench.account.split(separator: "v1@").joined(separator: "v2@")
            #expect(
                try await bench.api("POST", "/v2/accounts", sameReference).errorText
                    == "The reference_id exists already for account - \(first)")
            let other = SandboxBench.account.split(separator: "v1").joined(separator: "v2")
            #expect(try await bench.api("POST", "/v2/accounts", other).status == 429)
        }
    }

    @Test func peopleBelongToTheirAccount() async throws {
        try await withSandbox(configure: { $0.limits.accountParts = 1 }) { bench in
            let account = try await bench.api("POST", "/v2/accounts", SandboxBench.account).id
            let path = "/v2/accounts/\(account)/stakeholders"
            #expect(try await bench.api("POST", path, #"{"name":"A"}"#).errorText == "The email field is required.")
            let made = try await bench.api(
                "POST", path, #"{"name":"A","email":"a@example.com","kyc":{"pan":"AAAPL1234C"}}"#)
            #expect(made.json["entity"]?.string == "stakeholder")
            #expect(made.json["notes"]?.elements?.isEmpty == true)
            #expect(try await bench.api("POST", path, #"{"name":"B","email":"b@example.com"}"#).status == 400)
            #expect(try await bench.api("GET", path).json["count"]?.int == 1)
            #expect(try await bench.api("GET", path + "/\(made.id)").text == made.text)
            let edited = try await bench.api("PATCH", path + "/\(made.id)", #"{"name":"C","notes":{"x":"y"}}"#)
            #expect(edited.json["name"]?.string == "C")
            #expect(edited.json["kyc"]?["pan"]?.string == "AAAPL1234C")
            #expect(try await bench.api("PATCH", path + "/\(made.id)", #"{"colour":"red"}"#).status == 400)
            #expect(try await bench.api("GET", path + "/sth_0").status == 400)
            #expect(try await bench.api("GET", "/v2/accounts/acc_0/stakeholders").status == 400)
            let document = try await DocumentTests.upload(
                bench, path: path + "/\(made.id)/documents", field: "document_type")
            #expect(document.json["dispute_evidence"]?.elements?.count == 1)
            #expect(try await bench.api("GET", path + "/\(made.id)/documents").text == document.text)
        }
    }

    @Test func documentsAreKeptByWhatTheyShow() async throws {
        try await withSandbox(configure: { $0.limits.accountParts = 1 }) { bench in
            let account = try await bench.api("POST", "/v2/accounts", SandboxBench.account).id
            let path = "/v2/accounts/\(account)/documents"
            for _ in 0..<2 {
                #expect(try await DocumentTests.upload(bench, path: path, field: "document_type").status == 200)
            }
            #expect(try await bench.api("GET", path).json["dispute_evidence"]?.elements?.count == 1)
            #expect(
                try await DocumentTests.upload(bench, path: path).errorText == "The document_type field is required.")
            #expect(
                try await DocumentTests.upload(bench, path: "/v2/accounts/acc_0/documents", field: "document_type")
                    .status == 400)
        }
    }

    @Test func aProductAsksForWhatIsMissing() async throws {
        try await withSandbox { bench in
            let account = try await bench.api("POST", "/v2/accounts", SandboxBench.account).id
            let path = "/v2/accounts/\(account)/products"
            #expect(try await bench.api("POST", path, #"{"product_name":"loans"}"#).status == 400)
            let product = try await bench.api("POST", path, #"{"product_name":"route","tnc_accepted":true}"#)
            #expect(product.id.hasPrefix("acc_prd_"))
            #expect(product.json["activation_status"]?.string == "requested")
            let fields = product.json["requirements"]?.elements?.compactMap { $0["field_reference"]?.string }
            #expect(
                fields == [
                    "settlements.account_number", "settlements.ifsc_code", "settlements.beneficiary_name",
                    "stakeholders",
                ])
            #expect(try await bench.api("POST", path, #"{"product_name":"route"}"#).status == 400)
            let one = path + "/\(product.id)"
            #expect(try await bench.api("PATCH", one, #"{"settlements":{"iban":"1"}}"#).status == 400)
            #expect(
                try await bench.api("PATCH", one, SandboxBench.bank).json["activation_status"]?.string == "requested")
            _ = try await bench.api(
                "POST", "/v2/accounts/\(account)/stakeholders", #"{"name":"V","email":"v@example.com"}"#)
            let complete = try await bench.api("PATCH", one, "{}")
            #expect(complete.json["activation_status"]?.string == "under_review")
            #expect(complete.json["requirements"]?.elements?.isEmpty == true)
            let event = try await bench.receiver.take(1)[0].json()
            #expect(event["event"]?.string == "product.route.under_review")
            #expect(event["account_id"]?.string == account)
            #expect(event["payload"]?["merchant_product"]?["entity"]?["id"]?.string == product.id)
            try await bench.advance(seconds: 3600)
            #expect(try await bench.api("GET", one).json["activation_status"]?.string == "activated")
            #expect(try await bench.api("GET", "/v2/accounts/\(account)").json["status"]?.string == "activated")
            #expect(try await bench.receiver.take(1)[0].event() == "product.route.activated")
            #expect(try await bench.api("GET", path + "/acc_prd_0").status == 400)
            #expect(try await bench.api("GET", "/v2/products/route/tnc").json["product_name"]?.string == "route")
            #expect(try await bench.api("GET", "/v2/products/loans/tnc").status == 400)
        }
    }

    @Test func theProviderDecidesByHand() async throws {
        try await withSandbox { bench in
            let (account, product) = try await bench.reviewedAccount()
            func decide(_ status: String) async throws -> SandboxBench.Answer {
                try await bench.control("POST", "/products/\(product)/\(status)")
            }
            #expect(try await decide("under_review").status == 400)
            #expect(try await decide("needs_clarification").status == 200)
            // Decided by hand, the clock changes nothing.
            try await bench.advance(seconds: 3600)
            let one = "/v2/accounts/\(account)/products/\(product)"
            #expect(try await bench.api("GET", one).json["activation_status"]?.string == "needs_clarification")
            #expect(try await bench.api("PATCH", one, "{}").json["activation_status"]?.string == "under_review")
            #expect(try await decide("activated").status == 200)
            #expect(try await decide("needs_clarification").status == 200)
            #expect(try await decide("suspended").status == 200)
            #expect(try await decide("famous").status == 400)
            #expect(try await bench.control("POST", "/products/acc_prd_0/activated").status == 400)
            #expect(
                try await bench.events(5) == [
                    "product.route.activated", "product.route.needs_clarification", "product.route.needs_clarification",
                    "product.route.under_review", "product.route.under_review",
                ])
        }
    }
}
