// SPDX-License-Identifier: Apache-2.0
import HTTP
import HTTPClient
import Testing

@testable import Sandbox

/// Each knob, at the socket.
@Suite(.timeLimit(.minutes(1))) struct FaultTests {
    @Test func duplicatesAreTheSameToTheOctet() async throws {
        try await withSandbox { bench in
            try await bench.faults(#"{"duplicate":2}"#)
            _ = try await bench.pay(try await bench.order(), "failed")
            let received = await bench.receiver.take(3)
            #expect(Set(received.compactMap(\.eventID)).count == 1)
            #expect(Set(received.map(\.body)).count == 1)
            #expect(Set(received.map(\.signature)).count == 1)
        }
    }

    @Test func reorderedEventsComeLastFirst() async throws {
        try await withSandbox { bench in
            try await bench.faults(#"{"reorder":true}"#)
            _ = try await bench.pay(try await bench.order(), "captured")
            let received = await bench.receiver.take(3)
            #expect(try received.map { try $0.event() } == ["order.paid", "payment.captured", "payment.authorized"])
        }
    }

    @Test func aDroppedEventComesByReplayOnly() async throws {
        try await withSandbox { bench in
            try await bench.faults(#"{"drop":true}"#)
            _ = try await bench.pay(try await bench.order(), "failed")
            let entry = try await bench.logged { $0["note"]?.string == "dropped" }
            #expect(try await bench.control("DELETE", "/faults").status == 200)
            try await bench.advance(seconds: 86_400)
            #expect(bench.receiver.left == 0)
            let id = try #require(entry["event_id"]?.string)
            _ = try await bench.control("POST", "/webhooks/replay", "{\"event_id\":\"\(id)\"}")
            #expect(await bench.receiver.take(1)[0].eventID == id)
        }
    }

    @Test func aDelayedEventWaitsForTheClock() async throws {
        try await withSandbox { bench in
            try await bench.faults(#"{"delay_ms":1500}"#)
            _ = try await bench.pay(try await bench.order(), "failed")
            try await bench.faults("{}")
            _ = try await bench.pay(try await bench.order(), "captured")
            // Made later, sent earlier.
            let undelayed = await bench.receiver.take(3)
            #expect(try undelayed.map { try $0.event() }.contains("payment.failed") == false)
            try await bench.advance(seconds: 1.5)
            #expect(try await bench.receiver.take(1)[0].event() == "payment.failed")
        }
    }

    @Test func aBadSignatureLooksLikeOneAndIsNone() async throws {
        try await withSandbox { bench in
            try await bench.faults(#"{"bad_signature":true}"#)
            _ = try await bench.pay(try await bench.order(), "failed")
            let bad = await bench.receiver.take(1)[0]
            #expect(bad.signature?.wholeMatch(of: /[0-9a-f]{64}/) != nil)
            #expect(bad.signature != SandboxBench.sign(bad.body))
            let id = try #require(bad.eventID)
            _ = try await bench.control("POST", "/webhooks/replay", "{\"event_id\":\"\(id)\"}")
            let good = await bench.receiver.take(1)[0]
            #expect(good.body == bad.body)
            #expect(good.signature == SandboxBench.sign(good.body))
        }
    }

    @Test func anIDComesASecondTimeWithAnotherBody() async throws {
        try await withSandbox { bench in
            try await bench.faults(#"{"same_id_other_body":true}"#)
            _ = try await bench.pay(try await bench.order(), "failed")
            let received = await bench.receiver.take(2)
            #expect(received[0].eventID == received[1].eventID)
            #expect(received[0].body != received[1].body)
            #expect(received.allSatisfy { $0.signature == SandboxBench.sign($0.body) })
            let amounts = try received.map { try $0.json()["payload"]?["payment"]?["entity"]?["amount"]?.int }
            #expect(amounts == [129_900, 130_000])
        }
    }

    @Test(arguments: [
        ("ascii", #"Caf\u00e9 & \u091a\u093e\u092f \/ "#), ("utf8", "Café & चाय / "), ("html", #"Café \u0026 चाय / "#),
    ])
    func everySpellingIsSignedAsItIsSent(style: String, spelled: String) async throws {
        try await withSandbox { bench in
            try await bench.faults("{\"escape\":\"\(style)\"}")
            _ = try await bench.pay(try await bench.order(), "failed")
            let received = await bench.receiver.take(1)[0]
            #expect(received.text.contains(spelled))
            #expect(received.signature == SandboxBench.sign(received.body))
        }
    }

    @Test(arguments: [(429, "BAD_REQUEST_ERROR", 0), (400, "BAD_REQUEST_ERROR", 0), (503, "SERVER_ERROR", 1)])
    func aStatusComesBeforeTheEffectBelow500AndAfterItFromThere(status: Int, code: String, orders: Int) async throws {
        try await withSandbox { bench in
            try await bench.faults("{\"status\":\(status)}")
            let answer = try await bench.api("POST", "/v1/orders", #"{"amount":100,"currency":"INR"}"#)
            #expect(answer.status == status)
            #expect(answer.error?["code"]?.string == code)
            _ = try await bench.control("DELETE", "/faults")
            #expect(try await bench.api("GET", "/v1/orders").json["count"]?.int == orders)
        }
    }

    @Test func aClosedConnectionHidesTheEffect() async throws {
        try await withSandbox { bench in
            try await bench.faults(#"{"close_after_effect":true}"#)
            let error = await #expect(throws: HTTPClientError.self) {
                try await bench.api("POST", "/v1/orders", #"{"amount":100,"currency":"INR","receipt":"lost"}"#)
            }
            #expect(error?.kind == .connectionLost)
            #expect(error?.outcome == .unknown)
            _ = try await bench.control("DELETE", "/faults")
            let found = try await bench.api("GET", "/v1/orders?receipt=lost")
            #expect(found.json["count"]?.int == 1)
            let entry = try await bench.logged { $0["note"]?.string == "close_after_effect" }
            #expect(entry["status"]?.isNull == true)
        }
    }

    @Test func aLateAnswerIsATimeOutAfterTheEffect() async throws {
        try await withSandbox { bench in
            try await bench.faults(#"{"answer_delay_ms":60000}"#)
            let error = await #expect(throws: HTTPClientError.self) {
                try await bench.send(
                    "POST", "/v1/orders", #"{"amount":100,"currency":"INR"}"#,
                    auth: .init(user: SandboxBench.keyID, password: SandboxBench.keySecret),
                    timeout: .milliseconds(100))
            }
            #expect(error?.kind == .timedOut)
            _ = try await bench.control("DELETE", "/faults")
            #expect(try await bench.api("GET", "/v1/orders").json["count"]?.int == 1)
        }
    }

    @Test func controlIsFreeOfFaults() async throws {
        try await withSandbox { bench in
            let order = try await bench.order()
            try await bench.faults(#"{"status":500,"close_after_effect":true}"#)
            #expect(try await bench.pay(order, "captured").status == 200)
        }
    }

    @Test(arguments: [
        #"{"duplicates":1}"#, #"{"duplicate":11}"#, #"{"probability":1.1}"#, #"{"probability":-0.1}"#,
        #"{"status":200}"#, #"{"status":600}"#, #"{"escape":"none"}"#, #"{"delay_ms":-1}"#, #"{"reorder":1}"#,
        #"{"seed":-1}"#, #"{"probability":1e999}"#,
    ])
    func refusesKnobsThatItDoesNotHave(knobs: String) async throws {
        try await withSandbox { bench in
            let answer = try await bench.control("POST", "/faults", knobs)
            #expect(answer.status == 400)
        }
    }

    @Test func theSameSeedDrawsTheSameFaults() throws {
        func draws(seed: Int64, probability: Double, calls: Int = 0) -> [Bool] {
            var knobs = FaultKnobs()
            knobs.drop = true
            knobs.seed = seed
            knobs.probability = probability
            var plan = FaultPlan()
            plan.set(knobs)
            return (0..<200).map { _ in
                for _ in 0..<calls { _ = plan.drawCall(.get, "/v1/orders") }
                return plan.drawEvent("order.paid").isDropped
            }
        }
        #expect(draws(seed: 5, probability: 0.5) == draws(seed: 5, probability: 0.5))
        #expect(draws(seed: 5, probability: 0.5) == draws(seed: 5, probability: 0.5, calls: 3))
        #expect(draws(seed: 5, probability: 0.5) != draws(seed: 6, probability: 0.5))
        #expect((60..<140).contains(draws(seed: 5, probability: 0.5).count { $0 }))
        #expect(draws(seed: 5, probability: 0).allSatisfy { !$0 })
        #expect(draws(seed: 5, probability: 1).allSatisfy { $0 })
    }
}
