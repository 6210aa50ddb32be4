// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

@testable import Sandbox

/// Who pays, and their bank accounts.
@Suite(.timeLimit(.minutes(1))) struct CustomerTests {
    private static let body = #"{"name":"Asha","email":"asha@example.com","contact":"+919000000001"}"#

    @Test func isMadeFoundAndChanged() async throws {
        try await withSandbox { bench in
            let made = try await bench.api("POST", "/v1/customers", Self.body)
            #expect(made.id.hasPrefix("cust_"))
            #expect(made.json["entity"]?.string == "customer")
            #expect(made.json["notes"]?.elements?.isEmpty == true)
            #expect(made.json["gstin"]?.isNull == true)
            #expect(try await bench.api("GET", "/v1/customers/\(made.id)").text == made.text)
            let edited = try await bench.api(
                "PUT", "/v1/customers/\(made.id)", #"{"name":"Asha Rao","contact":919000000002}"#)
            #expect(edited.json["name"]?.string == "Asha Rao")
            #expect(edited.json["contact"]?.string == "919000000002")
            #expect(edited.json["email"]?.string == "asha@example.com")
            #expect(try await bench.api("PUT", "/v1/customers/\(made.id)", #"{"id":"x"}"#).status == 400)
            #expect(try await bench.api("PUT", "/v1/customers/cust_0", "{}").status == 400)
            #expect(try await bench.api("GET", "/v1/customers/cust_0").errorText == "The id provided does not exist")
        }
    }

    @Test func theSameOneIsRefusedOrGivenBack() async throws {
        try await withSandbox { bench in
            let first = try await bench.api("POST", "/v1/customers", Self.body).id
            #expect(
                try await bench.api("POST", "/v1/customers", Self.body).errorText
                    == "Customer already exists for the merchant")
            for flag in ["0", "\"0\"", "false"] {
                let again = Self.body.dropLast() + ",\"fail_existing\":\(flag)}"
                #expect(try await bench.api("POST", "/v1/customers", String(again)).id == first)
            }
            let strange = Self.body.dropLast() + ",\"fail_existing\":2}"
            #expect(try await bench.api("POST", "/v1/customers", String(strange)).status == 400)
            let other = try await bench.api("POST", "/v1/customers", #"{"email":"b@example.com"}"#).id
            let twin = try await bench.api(
                "PUT", "/v1/customers/\(other)", #"{"email":"asha@example.com","contact":"+919000000001"}"#)
            #expect(twin.status == 400)
        }
    }

    @Test(arguments: [
        "{}", #"{"name":"nobody"}"#, #"{"email":7}"#, #"{"email":"a@b","contact":"+9190000000000001"}"#,
        #"{"email":"a@b","gstin":"0123456789012345"}"#, #"{"email":"a@b","age":7}"#,
    ])
    func refusesWhatIsNoCustomer(body: String) async throws {
        try await withSandbox { bench in
            let answer = try await bench.api("POST", "/v1/customers", body)
            #expect(answer.status == 400)
        }
    }

    @Test func theOldestGoes() async throws {
        try await withSandbox(configure: { $0.limits.customers = 2 }) { bench in
            for name in ["a", "b", "c"] {
                _ = try await bench.api("POST", "/v1/customers", "{\"email\":\"\(name)@b\"}")
            }
            let list = try await bench.api("GET", "/v1/customers?count=5").json["items"]?.elements
            #expect(list?.compactMap { $0["email"]?.string } == ["c@b", "b@b"])
        }
    }

    @Test func bankAccountsBelongToCustomers() async throws {
        try await withSandbox { bench in
            let customer = try await bench.api("POST", "/v1/customers", Self.body).id
            func fund(_ customer: String, _ bank: String, type: String = "bank_account") async throws
                -> SandboxBench.Answer
            {
                try await bench.api(
                    "POST", "/v1/fund_accounts",
                    "{\"customer_id\":\"\(customer)\",\"account_type\":\"\(type)\",\"bank_account\":{\(bank)}}")
            }
            let bank = #""name":"Asha","account_number":"11214311215411","ifsc":"HDFC0000053""#
            let made = try await fund(customer, bank)
            #expect(made.id.hasPrefix("fa_"))
            #expect(made.json["bank_account"]?["bank_name"]?.string == "HDFC")
            #expect(made.json["active"]?.bool == true)
            #expect(try await fund("cust_0", bank).status == 400)
            #expect(try await fund(customer, bank, type: "vpa").status == 400)
            #expect(try await fund(customer, #""name":"A","account_number":"1","ifsc":"HDFC""#).status == 400)
            #expect(try await fund(customer, #""name":"A","ifsc":"HDFC0000053""#).status == 400)
            let list = try await bench.api("GET", "/v1/fund_accounts?customer_id=\(customer)").json
            #expect(list["items"]?.elements?.compactMap { $0["id"]?.string } == [made.id])
            #expect(try await bench.api("GET", "/v1/fund_accounts?customer_id=cust_0").json["count"]?.int == 0)
        }
    }
}
