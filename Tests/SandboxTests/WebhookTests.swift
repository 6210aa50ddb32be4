// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCrypto
import Testing

@testable import Sandbox

/// What arrives at a merchant's endpoint.
@Suite(.timeLimit(.minutes(1))) struct WebhookTests {
    @Test func aCaptureIsThreeSignedEventsInOrder() async throws {
        try await withSandbox { bench in
            let order = try await bench.order(extra: #","receipt":"r-1""#)
            let checkout = try await bench.pay(order, "captured")
            let received = await bench.receiver.take(3)
            #expect(try received.map { try $0.event() } == ["payment.authorized", "payment.captured", "order.paid"])
            #expect(Set(received.compactMap(\.eventID)).count == 3)
            for call in received {
                #expect(call.headers["content-type"] == "application/json")
                #expect(call.headers["user-agent"] == "Razorpay-Webhook/v1")
                #expect(call.eventID?.wholeMatch(of: /[A-Za-z0-9]{14}/) != nil)
                #expect(call.headers["request-id"] == call.eventID)
                #expect(call.headers["accept-encoding"] == "gzip")
                #expect(call.signature == SandboxBench.sign(call.body))
                #expect(!call.body.contains(0x0A))
            }
            let id = try #require(checkout.json["razorpay_payment_id"]?.string)
            let json = try received.map { try $0.json() }
            let payments = json.map { $0["payload"]?["payment"]?["entity"] }
            #expect(payments.map { $0?["id"]?.string } == [id, id, id])
            #expect(payments.map { $0?["status"]?.string } == ["authorized", "captured", "captured"])
            #expect(json[2]["payload"]?["order"]?["entity"]?["status"]?.string == "paid")
            #expect(json.map { $0["contains"]?.elements?.count } == [1, 1, 2])
            #expect(
                received[2].text.hasPrefix(
                    #"{"entity":"event","account_id":"acc_SbxMkt0000001A","event":"order.paid","contains":["payment","order"],"#
                        + #""payload":{"payment":{"entity":{"id":"\#(id)","entity":"payment","amount":129900,"#))
            #expect(received[0].text.contains(#""description":"Caf\u00e9 & \u091a\u093e\u092f \/ r-1""#))
            #expect(received[2].text.hasSuffix(",\"created_at\":\(SandboxBench.start)}"))
        }
    }

    @Test func eachOutcomeHasItsEvents() async throws {
        try await withSandbox { bench in
            let order = try await bench.order()
            let failed = try await bench.pay(order, "failed")
            #expect(try await bench.receiver.take(1).map { try $0.event() } == ["payment.failed"])
            _ = try await bench.pay(order, "captured", extra: #","amount":100"#)
            let underpaid = await bench.receiver.take(2)
            #expect(try underpaid.map { try $0.event() } == ["payment.authorized", "payment.captured"])
            let id = try #require(failed.json["razorpay_payment_id"]?.string)
            _ = try await bench.control("POST", "/payments/\(id)/late-authorize")
            let late = await bench.receiver.take(3)
            #expect(try late.map { try $0.event() } == ["payment.authorized", "payment.captured", "order.paid"])
            let second = try await bench.order()
            let authorized = try await bench.pay(second, "authorized")
            #expect(try await bench.receiver.take(1).map { try $0.event() } == ["payment.authorized"])
            let payment = try #require(authorized.json["razorpay_payment_id"]?.string)
            _ = try await bench.api(
                "POST", "/v1/payments/\(payment)/capture", #"{"amount":129900,"currency":"INR"}"#)
            #expect(
                try await bench.receiver.take(2).map { try $0.event() } == ["payment.captured", "order.paid"])
        }
    }

    @Test func anEventThatIsNotAcknowledgedComesAgainTheSame() async throws {
        try await withSandbox(reply: { $0 == 1 ? 500 : 200 }) { bench in
            _ = try await bench.pay(try await bench.order(), "failed")
            let first = await bench.receiver.take(1)[0]
            let entry = try await bench.logged { $0["kind"]?.string == "webhook" }
            #expect(entry["status"]?.int == 500)
            try await bench.advance(seconds: 0.2)
            let second = await bench.receiver.take(1)[0]
            #expect(second.eventID == first.eventID)
            #expect(second.body == first.body)
            #expect(second.signature == first.signature)
            let entries = try await bench.webhooks(count: 2)
            #expect(entries.map { $0["attempt"]?.int } == [1, 2])
            #expect(entries.map { $0["status"]?.int } == [500, 200])
            try await bench.advance(seconds: 86_400)
            #expect(bench.receiver.left == 0)
        }
    }

    @Test func anEndpointThatTakesTooLongHasNotAcknowledged() async throws {
        try await withSandbox(
            configure: { $0.webhookTimeout = .milliseconds(50) }, reply: { $0 == 1 ? 0 : 204 }
        ) { bench in
            _ = try await bench.pay(try await bench.order(), "failed")
            let entry = try await bench.logged { $0["kind"]?.string == "webhook" }
            #expect(entry["status"]?.isNull == true)
            #expect(entry["note"]?.string?.hasPrefix("timedOut") == true)
            try await bench.advance(seconds: 1)
            let received = await bench.receiver.take(2)
            #expect(received[0].body == received[1].body)
        }
    }

    @Test func afterADayTheAddressIsOffUntilAReplay() async throws {
        // The first sixteen sends fail: all of one event.
        try await withSandbox(reply: { $0 <= 16 ? 404 : 200 }) { bench in
            _ = try await bench.pay(try await bench.order(), "failed")
            _ = try await bench.webhooks(count: 1)
            try await bench.advance(seconds: 86_399)
            let sends = await bench.receiver.take(16)
            #expect(Set(sends.compactMap(\.eventID)).count == 1)
            _ = try await bench.webhooks(count: 16)
            try await bench.advance(seconds: 1)
            let off = try await bench.logged { $0["note"]?.string?.contains("switched off") == true }
            #expect(off["event_id"]?.string == sends[0].eventID)
            _ = try await bench.pay(try await bench.order(), "failed")
            _ = try await bench.logged { $0["note"]?.string == "the address is switched off" }
            #expect(bench.receiver.left == 0)

            let id = try #require(sends[0].eventID)
            #expect(try await bench.control("POST", "/webhooks/replay", "{\"event_id\":\"\(id)\"}").status == 200)
            let replayed = await bench.receiver.take(1)[0]
            #expect(replayed.eventID == id)
            #expect(replayed.body == sends[0].body)
            _ = try await bench.pay(try await bench.order(), "failed")
            #expect(await bench.receiver.take(1)[0].eventID != id)
        }
    }

    @Test func afterARotationOldEventsKeepTheirSignatureAndReplaysDoNot() async throws {
        try await withSandbox(reply: { $0 == 1 ? 500 : 200 }) { bench in
            _ = try await bench.pay(try await bench.order(), "failed")
            let first = await bench.receiver.take(1)[0]
            _ = try await bench.webhooks(count: 1)
            let rotated = try await bench.control("POST", "/webhooks/secret", #"{"secret":"whsec_new"}"#)
            #expect(rotated.status == 200)
            try await bench.advance(seconds: 1)
            let retried = await bench.receiver.take(1)[0]
            #expect(retried.signature == SandboxBench.sign(first.body))
            _ = try await bench.pay(try await bench.order(), "failed")
            let next = await bench.receiver.take(1)[0]
            #expect(next.signature == SandboxBench.sign(next.body, with: "whsec_new"))
            let id = try #require(first.eventID)
            _ = try await bench.control("POST", "/webhooks/replay", "{\"event_id\":\"\(id)\"}")
            let replayed = await bench.receiver.take(1)[0]
            #expect(replayed.body == first.body)
            #expect(replayed.signature == SandboxBench.sign(first.body, with: "whsec_new"))
            let log = try await bench.control("GET", "/log")
            #expect(!log.text.contains("whsec_new"))
            #expect(!log.text.contains(SandboxBench.keySecret))
        }
    }

    @Test func anEmptySecretSendsNoSignature() async throws {
        try await withSandbox { bench in
            _ = try await bench.control("POST", "/webhooks/secret", #"{"secret":""}"#)
            _ = try await bench.pay(try await bench.order(), "failed")
            #expect(await bench.receiver.take(1)[0].signature == nil)
        }
    }

    @Test func replaysAreCountedAndEnd() async throws {
        try await withSandbox { bench in
            #expect(
                try await bench.control("POST", "/webhooks/replay", #"{"event_id":"x"}"#).errorText
                    == "The id provided does not exist")
            _ = try await bench.pay(try await bench.order(), "failed")
            let id = try #require(await bench.receiver.take(1)[0].eventID)
            func replay() async throws -> SandboxBench.Answer {
                try await bench.control("POST", "/webhooks/replay", "{\"event_id\":\"\(id)\"}")
            }
            for _ in 0..<5 { #expect(try await replay().status == 200) }
            #expect(await bench.receiver.take(5).allSatisfy { $0.eventID == id })
            #expect(try await replay().errorText == "An event can be replayed 5 times a day.")
            try await bench.advance(seconds: 86_400)
            #expect(try await replay().status == 200)
            try await bench.advance(seconds: 7 * 86_400)
            #expect(try await replay().errorText == "An event can be replayed for seven days.")
        }
    }

    @Test func withoutAnAddressEventsAreKept() async throws {
        try await withSandbox(configure: { $0.webhookURL = nil }) { bench in
            _ = try await bench.pay(try await bench.order(), "failed")
            let entry = try await bench.logged { $0["kind"]?.string == "webhook" }
            #expect(entry["note"]?.string == "there is no webhook address")
            #expect(entry["body"]?.string?.contains("payment.failed") == true)
        }
    }

    @Test func sendsSixteenTimesInADay() {
        #expect(RetrySchedule.offsets.count == 15)
        #expect(RetrySchedule.offsets.first == .milliseconds(200))
        #expect(zip(RetrySchedule.gaps.dropFirst(6), RetrySchedule.gaps.dropFirst(5)).allSatisfy { $0 == 2 * $1 })
        let last = RetrySchedule.offsets.last ?? .zero
        #expect(last < RetrySchedule.limit && last > .seconds(22 * 3600))
    }
}
