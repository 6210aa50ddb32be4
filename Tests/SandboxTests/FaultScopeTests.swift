// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

@testable import Sandbox

/// Knobs that say what is concerned, and spellings of bodies.
@Suite(.timeLimit(.minutes(1))) struct FaultScopeTests {
    @Test func anOldSecretSignsWhatIsMadeNow() async throws {
        try await withSandbox { bench in
            _ = try await bench.control("POST", "/webhooks/secret", #"{"secret":"new"}"#)
            try await bench.faults(#"{"old_secret":true}"#)
            _ = try await bench.pay(try await bench.order(), "failed")
            let received = await bench.receiver.take(1)[0]
            #expect(received.signature == SandboxBench.sign(received.body))
            #expect(received.signature != SandboxBench.sign(received.body, with: "new"))
        }
    }

    @Test func withoutARotationAnOldSecretIsNone() async throws {
        try await withSandbox { bench in
            try await bench.faults(#"{"old_secret":true}"#)
            _ = try await bench.pay(try await bench.order(), "failed")
            let received = await bench.receiver.take(1)[0]
            #expect(received.signature?.wholeMatch(of: /[0-9a-f]{64}/) != nil)
            #expect(received.signature != SandboxBench.sign(received.body))
        }
    }

    @Test(arguments: ["sorted", "reversed", "shuffled"])
    func membersComeInAnotherOrderAndSayTheSame(order: String) async throws {
        try await withSandbox { bench in
            try await bench.faults("{\"key_order\":\"\(order)\",\"same_id_other_body\":true}")
            _ = try await bench.pay(try await bench.order(), "failed")
            let received = await bench.receiver.take(2)
            let names = try received[0].json().members?.map(\.name) ?? []
            let usual = ["entity", "account_id", "event", "contains", "payload", "created_at"]
            #expect(names != usual)
            #expect(names.sorted() == usual.sorted())
            if order == "sorted" { #expect(names == usual.sorted()) }
            if order == "reversed" { #expect(names == usual.reversed()) }
            #expect(received.allSatisfy { $0.signature == SandboxBench.sign($0.body) })
            #expect(try received[0].json()["payload"]?["payment"]?["entity"]?["amount"]?.int == 129_900)
            #expect(received[0].text.contains(#"Caf\u00e9"#))
        }
    }

    @Test func anEventsNameIsConcernedOrNot() async throws {
        try await withSandbox { bench in
            try await bench.faults(#"{"drop":true,"event":"payment.*"}"#)
            _ = try await bench.pay(try await bench.order(), "captured")
            #expect(try await bench.receiver.take(1)[0].event() == "order.paid")
            try await bench.faults(#"{"drop":true,"event":"order.paid"}"#)
            _ = try await bench.pay(try await bench.order(), "captured")
            let names = try await bench.receiver.take(2).map { try $0.event() }
            #expect(names == ["payment.authorized", "payment.captured"])
        }
    }

    @Test func aPathAndMethodAreConcernedOrNot() async throws {
        try await withSandbox { bench in
            try await bench.faults(#"{"status":503,"path":"/v1/orders","method":"POST"}"#)
            #expect(try await bench.api("GET", "/v1/orders").status == 200)
            #expect(try await bench.api("GET", "/v1/payments").status == 200)
            #expect(try await bench.api("POST", "/v1/orders", #"{"amount":100,"currency":"INR"}"#).status == 503)
            try await bench.faults(#"{"status":503,"path":"/v1/refunds"}"#)
            #expect(try await bench.api("GET", "/v1/orders").status == 200)
            #expect(try await bench.api("GET", "/v1/refunds/rfnd_0").status == 503)
        }
    }

    @Test func soManyGoWrongAndNoMore() async throws {
        try await withSandbox { bench in
            try await bench.faults(#"{"status":429,"duplicate":1,"count":2}"#)
            var statuses: [Int] = []
            for _ in 0..<3 { statuses.append(try await bench.api("GET", "/v1/orders").status) }
            #expect(statuses == [429, 429, 200])
            for _ in 0..<3 { _ = try await bench.pay(try await bench.order(), "failed") }
            let received = await bench.receiver.take(5)
            #expect(Set(received.compactMap(\.eventID)).count == 3)
            _ = try await bench.webhooks(count: 5)
            #expect(bench.receiver.left == 0)
        }
    }

    @Test(arguments: [(429, "true", 1), (503, "false", 0), (400, "true", 1)])
    func theEffectComesBeforeTheStatusOrNot(status: Int, after: String, orders: Int) async throws {
        try await withSandbox { bench in
            try await bench.faults("{\"status\":\(status),\"after_effect\":\(after)}")
            let answer = try await bench.api("POST", "/v1/orders", #"{"amount":100,"currency":"INR"}"#)
            #expect(answer.status == status)
            _ = try await bench.control("DELETE", "/faults")
            #expect(try await bench.api("GET", "/v1/orders").json["count"]?.int == orders)
        }
    }

    @Test(arguments: [502, 504])
    func aBadGatewayIsABanksError(status: Int) async throws {
        try await withSandbox { bench in
            try await bench.faults("{\"status\":\(status)}")
            #expect(try await bench.api("GET", "/v1/orders").error?["code"]?.string == "GATEWAY_ERROR")
        }
    }

    @Test(arguments: [
        #"{"key_order":"random"}"#, #"{"count":0}"#, #"{"method":"post"}"#, #"{"old_secret":1}"#,
        #"{"after_effect":1}"#,
        #"{"path":7}"#, #"{"event":7}"#,
    ])
    func refusesScopesThatItDoesNotHave(knobs: String) async throws {
        try await withSandbox { bench in
            let answer = try await bench.control("POST", "/faults", knobs)
            #expect(answer.status == 400)
        }
    }
}
