// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

@testable import Sandbox

/// `/v1/orders` over a socket.
@Suite(.timeLimit(.minutes(1))) struct OrderTests {
    @Test func anOrderHasTheProvidersMembersInItsForm() async throws {
        try await withSandbox { bench in
            let answer = try await bench.api(
                "POST", "/v1/orders",
                #"{"amount":129900,"currency":"INR","receipt":"cart-8812-1","notes":{"cart":"8812","count":3}}"#)
            #expect(answer.status == 200)
            #expect(answer.id.wholeMatch(of: /order_[A-Za-z0-9]{14}/) != nil)
            #expect(
                answer.text == "{\"id\":\"\(answer.id)\",\"entity\":\"order\",\"amount\":129900,\"amount_paid\":0,"
                    + "\"amount_due\":129900,\"currency\":\"INR\",\"receipt\":\"cart-8812-1\",\"offer_id\":null,"
                    + "\"status\":\"created\",\"attempts\":0,\"notes\":{\"cart\":\"8812\",\"count\":3},"
                    + "\"created_at\":\(SandboxBench.start)}")
            #expect(try await bench.api("GET", "/v1/orders/\(answer.id)").text == answer.text)
        }
    }

    @Test func notesAreAnArrayWhenThereAreNone() async throws {
        try await withSandbox { bench in
            for notes in ["", #","notes":{}"#, #","notes":[]"#, #","notes":null"#] {
                let answer = try await bench.api("POST", "/v1/orders", #"{"amount":100,"currency":"INR"\#(notes)}"#)
                #expect(answer.text.contains("\"notes\":[]"))
                #expect(answer.text.contains("\"receipt\":null"))
            }
        }
    }

    private static let longest = String(repeating: "é", count: 40)

    private static func notes(_ count: Int, value: String = "v") -> String {
        "{" + (0..<count).map { "\"k\($0)\":\"\(value)\"" }.joined(separator: ",") + "}"
    }

    @Test(
        "the last that is accepted and the first that is not",
        arguments: [
            (#"{"amount":100,"currency":"INR"}"#, nil, nil),
            (#"{"amount":99,"currency":"INR"}"#, "amount", "Order amount less than minimum amount allowed"),
            (#"{"amount":10000000000000,"currency":"INR"}"#, nil, nil),
            (#"{"amount":10000000000001,"currency":"INR"}"#, "amount", "Order amount exceeds maximum amount allowed"),
            (
                #"{"amount":99999999999999999999,"currency":"INR"}"#, "amount",
                "Order amount exceeds maximum amount allowed"
            ),
            (#"{"amount":100.0,"currency":"INR"}"#, "amount", "The amount must be an integer."),
            (#"{"amount":"100","currency":"INR"}"#, "amount", "The amount must be an integer."),
            (#"{"amount":true,"currency":"INR"}"#, "amount", "The amount must be an integer."),
            (#"{"currency":"INR"}"#, "amount", "The amount field is required."),
            (#"{"amount":100}"#, "currency", "The currency field is required."),
            (#"{"amount":100,"currency":"inr"}"#, "currency", "Currency is not supported."),
            (#"{"amount":1,"currency":"USD"}"#, nil, nil),
            (#"{"amount":0,"currency":"USD"}"#, "amount", "Order amount less than minimum amount allowed"),
            (#"{"amount":120,"currency":"KWD"}"#, nil, nil),
            (#"{"amount":123,"currency":"KWD"}"#, "amount", "The last digit of an amount in KWD must be 0."),
            ("{\"amount\":100,\"currency\":\"INR\",\"receipt\":\"\(longest)\"}", nil, nil),
            (
                "{\"amount\":100,\"currency\":\"INR\",\"receipt\":\"\(longest)x\"}", "receipt",
                "The receipt may not be greater than 40 characters."
            ),
            (
                "{\"amount\":100,\"currency\":\"INR\",\"notes\":\(notes(15, value: String(repeating: "x", count: 256)))}",
                nil, nil
            ),
            (
                "{\"amount\":100,\"currency\":\"INR\",\"notes\":\(notes(16))}", "notes",
                "The notes may not have more than 15 pairs."
            ),
            (
                "{\"amount\":100,\"currency\":\"INR\",\"notes\":\(notes(1, value: String(repeating: "x", count: 257)))}",
                "notes", "A value of notes may not be greater than 256 characters."
            ),
            (#"{"amount":100,"currency":"INR","notes":"text"}"#, "notes", "The notes must be an object."),
            (#"{"amount":100,"currency":"INR","notes":{"a":{}}}"#, "notes", "A value of notes must be a string."),
            (
                #"{"amount":100,"currency":"INR","payment_capture":2}"#, "payment_capture",
                "The payment_capture must be 0 or 1."
            ),
            (
                #"{"amount":100,"currency":"INR","payment":{"capture":"later"}}"#, "capture",
                "The capture must be one of automatic, manual."
            ),
            (
                #"{"amount":100,"currency":"INR","payment":{"capture":"manual","capture_options":{"manual_expiry_period":11}}}"#,
                "manual_expiry_period", "The manual_expiry_period must be between 12 and 4320."
            ),
            (
                #"{"amount":100,"currency":"INR","payment":{"capture":"manual","capture_options":{"manual_expiry_period":12}}}"#,
                nil, nil
            ),
            (
                #"{"amount":100,"currency":"INR","unique_receipt":true}"#, "receipt",
                "The receipt field is required when unique_receipt is true."
            ),
            (
                #"{"amount":100,"currency":"INR","unique_receipt":1}"#, "unique_receipt",
                "The unique_receipt field must be true or false."
            ),
            (#"[1]"#, nil, "The request body must be a JSON object."),
            (#"{"amount":1"#, nil, "The request body is not valid JSON: ends inside a value at octet 11."),
        ] as [(String, String?, String?)])
    func checksTheBody(body: String, field: String?, description: String?) async throws {
        try await withSandbox { bench in
            let answer = try await bench.api("POST", "/v1/orders", body)
            guard let description else {
                #expect(answer.status == 200, "\(answer.text)")
                return
            }
            #expect(answer.status == 400)
            #expect(answer.errorText == description)
            #expect(answer.error?["field"]?.string == field)
            #expect(answer.error?["code"]?.string == "BAD_REQUEST_ERROR")
            #expect(answer.error?["reason"]?.string == "input_validation_failed")
            #expect(answer.error?["metadata"]?.members?.isEmpty == true)
        }
    }

    @Test func aUniqueReceiptGivesTheSameOrderAndAnyOtherANewOne() async throws {
        try await withSandbox { bench in
            let first = try await bench.order(extra: #","receipt":"r","unique_receipt":true"#)
            #expect(try await bench.order(extra: #","receipt":"r","unique_receipt":true"#) == first)
            let other = try await bench.order(extra: #","receipt":"r""#)
            #expect(other != first)
            #expect(try await bench.order(extra: #","receipt":"r","unique_receipt":true"#) == first)
            let clash = try await bench.api(
                "POST", "/v1/orders", #"{"amount":1000,"currency":"INR","receipt":"r","unique_receipt":true}"#)
            #expect(clash.status == 400)
            #expect(clash.errorText == "Order receipt should be unique.")
            #expect(clash.error?["metadata"]?["order_id"]?.string == first)
            let list = try await bench.api("GET", "/v1/orders?receipt=r")
            #expect(list.json["items"]?.elements?.compactMap { $0["id"]?.string } == [other, first])
        }
    }

    @Test func listsAreNewestFirstPagedAndFiltered() async throws {
        try await withSandbox { bench in
            var ids: [String] = []
            for _ in 0..<12 {
                ids.insert(try await bench.order(), at: 0)
                try await bench.advance(seconds: 1)
            }
            func list(_ query: String) async throws -> [String] {
                let answer = try await bench.api("GET", "/v1/orders?" + query)
                let items = answer.json["items"]?.elements?.compactMap { $0["id"]?.string } ?? []
                #expect(answer.json["entity"]?.string == "collection")
                #expect(answer.json["count"]?.int == items.count)
                return items
            }
            #expect(try await list("") == Array(ids.prefix(10)))
            #expect(try await list("count=3&skip=2") == Array(ids[2..<5]))
            #expect(try await list("count=100&skip=11") == [ids[11]])
            let start = SandboxBench.start
            #expect(try await list("from=\(start + 1)&to=\(start + 2)") == [ids[9], ids[10]])
            _ = try await bench.pay(ids[4], "authorized")
            #expect(try await list("authorized=1") == [ids[4]])
            #expect(try await list("authorized=0&count=100").count == 11)
            let expanded = try await bench.api("GET", "/v1/orders?authorized=1&expand%5B%5D=payments")
            let payments = expanded.json["items"]?.elements?.first?["payments"]
            #expect(payments?["count"]?.int == 1)
            #expect(payments?["items"]?.elements?.first?["order_id"]?.string == ids[4])
        }
    }

    @Test(arguments: [
        "count=101", "count=0", "count=x", "skip=-1", "from=yesterday", "reciept=r", "authorized=2",
        "expand%5B%5D=card",
    ])
    func refusesQueriesThatItDoesNotUnderstand(query: String) async throws {
        try await withSandbox { bench in
            let answer = try await bench.api("GET", "/v1/orders?" + query)
            #expect(answer.status == 400)
            #expect(answer.error?["code"]?.string == "BAD_REQUEST_ERROR")
        }
    }

    @Test func onlyNotesCanBeEdited() async throws {
        try await withSandbox { bench in
            let id = try await bench.order(extra: #","notes":{"a":"1"}"#)
            let edited = try await bench.api("PATCH", "/v1/orders/\(id)", #"{"notes":{"b":"2"}}"#)
            #expect(edited.text.contains(#""notes":{"b":"2"}"#))
            #expect(try await bench.api("GET", "/v1/orders/\(id)").text == edited.text)
            let refused = try await bench.api("PATCH", "/v1/orders/\(id)", #"{"notes":{},"amount":1}"#)
            #expect(refused.status == 400)
            #expect(refused.errorText == "amount is/are not required and should not be sent")
            #expect(try await bench.api("PATCH", "/v1/orders/\(id)", "{}").status == 400)
        }
    }

    @Test(arguments: [
        ("GET", "/v1/orders/order_00000000000000", "The id provided does not exist"),
        ("GET", "/v1/orders/order_00000000000000/payments", "The id provided does not exist"),
        ("GET", "/v1/payments/pay_00000000000000", "The id provided does not exist"),
        ("GET", "/v1/unknown", "The requested URL was not found on the server."),
        ("DELETE", "/v1/orders", "The requested URL was not found on the server."),
        ("GET", "/", "The requested URL was not found on the server."),
    ])
    func whatDoesNotExistIs400(method: String, path: String, description: String) async throws {
        try await withSandbox { bench in
            let answer = try await bench.api(method, path)
            #expect(answer.status == 400)
            #expect(answer.errorText == description)
        }
    }
}
