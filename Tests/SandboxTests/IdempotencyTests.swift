// SPDX-License-Identifier: Apache-2.0
import HTTP
import HTTPClient
import Testing

@testable import Sandbox

/// `X-Refund-Idempotency` and its like.
@Suite(.timeLimit(.minutes(1))) struct IdempotencyTests {
    static func refund(
        _ bench: SandboxBench, _ payment: String, _ body: String, key: String
    ) async throws -> SandboxBench.Answer {
        try await bench.send(
            "POST", "/v1/payments/\(payment)/refund", body,
            auth: .init(user: SandboxBench.keyID, password: SandboxBench.keySecret),
            headers: [(name: "X-Refund-Idempotency", value: key)])
    }

    @Test func theSameKeyGivesTheSameRefund() async throws {
        try await withSandbox { bench in
            let payment = try await bench.captured()
            let first = try await Self.refund(bench, payment, #"{"amount":100,"notes":{"a":"b"}}"#, key: "refund-key-1")
            // The same JSON in another spelling.
            let again = try await Self.refund(
                bench, payment, #"{ "notes": {"a": "\u0062"}, "amount": 100 }"#, key: "refund-key-1")
            #expect(again.status == 200)
            #expect(again.text == first.text)
            #expect(try await bench.api("GET", "/v1/refunds").json["count"]?.int == 1)
            let other = try await Self.refund(bench, payment, #"{"amount":100,"notes":{"a":"b"}}"#, key: "refund-key-2")
            #expect(other.id != first.id)
            // As it is by now.
            _ = try await bench.control("POST", "/refunds/\(first.id)/failed")
            let later = try await Self.refund(bench, payment, #"{"amount":100,"notes":{"a":"b"}}"#, key: "refund-key-1")
            #expect(later.id == first.id)
            #expect(later.json["status"]?.string == "failed")
        }
    }

    @Test func anotherBodyOrPaymentIsAConflict() async throws {
        try await withSandbox { bench in
            let payment = try await bench.captured()
            let other = try await bench.captured()
            _ = try await Self.refund(bench, payment, #"{"amount":100}"#, key: "refund-key-1")
            for answer in [
                try await Self.refund(bench, payment, #"{"amount":101}"#, key: "refund-key-1"),
                try await Self.refund(bench, other, #"{"amount":100}"#, key: "refund-key-1"),
            ] {
                #expect(answer.status == 409)
                #expect(answer.error?["code"]?.string == "BAD_REQUEST_ERROR")
                #expect(answer.errorText == "Different request body sent for the same Idempotency Header")
            }
            #expect(try await bench.api("GET", "/v1/refunds").json["count"]?.int == 1)
        }
    }

    @Test func whatWasRefusedIsNotRemembered() async throws {
        try await withSandbox { bench in
            let payment = try await bench.captured()
            #expect(try await Self.refund(bench, payment, #"{"amount":1}"#, key: "refund-key-1").status == 400)
            #expect(try await Self.refund(bench, payment, #"{"amount":100}"#, key: "refund-key-1").status == 200)
        }
    }

    @Test(arguments: ["short-key", "ten chars!", "with spaces", "ümlaut-ümlaut", ""])
    func aKeyHasAtLeastTenPlainCharacters(key: String) async throws {
        try await withSandbox { bench in
            let payment = try await bench.captured()
            let answer = try await Self.refund(bench, payment, "{}", key: key)
            #expect(answer.status == 400)
            #expect(try await bench.api("GET", "/v1/refunds").json["count"]?.int == 0)
        }
    }

    @Test func theOldestKeyIsForgotten() async throws {
        try await withSandbox(configure: { $0.limits.idempotencyKeys = 2 }) { bench in
            let payment = try await bench.captured()
            var ids: [String] = []
            for key in ["refund-key-1", "refund-key-2", "refund-key-3", "refund-key-3", "refund-key-1"] {
                ids.append(try await Self.refund(bench, payment, #"{"amount":100}"#, key: key).id)
            }
            #expect(ids[3] == ids[2])
            #expect(Set(ids).count == 4)
        }
    }
}
