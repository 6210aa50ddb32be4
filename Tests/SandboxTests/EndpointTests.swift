// SPDX-License-Identifier: Apache-2.0
import HTTP
import HTTPClient
import Testing
import UVRuntime

@testable import Sandbox

/// Addresses of webhooks beside the configured one.
@Suite(.timeLimit(.minutes(1))) struct EndpointTests {
    private static func webhook(_ url: String, secret: String = "second", events: String = "[\"payment.failed\"]")
        -> String
    {
        "{\"url\":\"\(url)\",\"secret\":\"\(secret)\",\"events\":\(events)}"
    }

    /// Runs `body` with another endpoint of a merchant's.
    private static func withSecond(
        _ bench: SandboxBench, reply: @escaping @Sendable (Int) -> Int = { _ in 200 },
        _ body: (WebhookReceiver, String) async throws -> Void
    ) async throws {
        let second = WebhookReceiver(reply: reply)
        let url = try await second.start(on: bench.loop)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(second, url))
        } catch {
            result = .failure(error)
        }
        await second.stop()
        try result.get()
    }

    @Test func eachAddressGetsTheSameEventSignedWithItsOwnSecret() async throws {
        try await withSandbox { bench in
            try await Self.withSecond(bench) { second, url in
                let made = try await bench.api("POST", "/v1/webhooks", Self.webhook(url))
                #expect(made.status == 200)
                #expect(made.json["entity"]?.string == "webhook")
                #expect(made.json["secret_exists"]?.bool == true)
                #expect(made.json["events"]?["payment.failed"]?.bool == true)
                #expect(!made.text.contains("second"))
                _ = try await bench.pay(try await bench.order(), "failed")
                let one = await bench.receiver.take(1)[0]
                let other = await second.take(1)[0]
                #expect(one.eventID == other.eventID)
                #expect(one.body == other.body)
                #expect(one.signature == SandboxBench.sign(one.body))
                #expect(other.signature == SandboxBench.sign(other.body, with: "second"))
                // What it did not ask for does not come.
                _ = try await bench.pay(try await bench.order(), "captured")
                _ = await bench.receiver.take(3)
                #expect(second.left == 0)
            }
        }
    }

    @Test func oneAddressDoesNotHoldUpAnother() async throws {
        try await withSandbox { bench in
            try await Self.withSecond(bench, reply: { $0 == 1 ? 500 : 200 }) { second, url in
                _ = try await bench.api("POST", "/v1/webhooks", Self.webhook(url))
                _ = try await bench.pay(try await bench.order(), "failed")
                let one = await bench.receiver.take(1)[0]
                let first = await second.take(1)[0]
                _ = try await bench.webhooks(count: 2)
                try await bench.advance(seconds: 0.2)
                let retry = await second.take(1)[0]
                #expect(retry.eventID == one.eventID)
                #expect(retry.body == first.body)
                #expect(retry.signature == first.signature)
                #expect(bench.receiver.left == 0)
            }
        }
    }

    @Test func onlyTheAddressThatFailsForADayIsSwitchedOff() async throws {
        try await withSandbox { bench in
            try await Self.withSecond(bench, reply: { _ in 500 }) { second, url in
                let id = try await bench.api("POST", "/v1/webhooks", Self.webhook(url)).id
                _ = try await bench.pay(try await bench.order(), "failed")
                _ = await second.take(1)
                _ = try await bench.webhooks(count: 2)
                try await bench.advance(seconds: 86_400)
                _ = try await bench.logged { $0["note"]?.string?.contains("unacknowledged") == true }
                let off = try await bench.api("GET", "/v1/webhooks/\(id)").json
                #expect(off["active"]?.bool == false)
                #expect(off["disabled_at"]?.int64 == SandboxBench.start + 86_400)
                let configured = try await bench.api("GET", "/v1/webhooks/\(WebhookEndpoint.configuredID)").json
                #expect(configured["active"]?.bool == true)
                // Somebody switches it on again.
                let on = try await bench.api("PUT", "/v1/webhooks/\(id)", #"{"active":true}"#).json
                #expect(on["active"]?.bool == true)
                #expect(on["disabled_at"]?.int == 0)
            }
        }
    }

    @Test func anEventMadeBeforeARotationKeepsItsSignature() async throws {
        try await withSandbox { bench in
            try await Self.withSecond(bench, reply: { $0 == 1 ? 500 : 200 }) { second, url in
                let id = try await bench.api("POST", "/v1/webhooks", Self.webhook(url)).id
                _ = try await bench.pay(try await bench.order(), "failed")
                let before = await second.take(1)[0]
                _ = try await bench.webhooks(count: 2)
                _ = try await bench.api("PUT", "/v1/webhooks/\(id)", #"{"secret":"third"}"#)
                try await bench.advance(seconds: 0.2)
                let retry = await second.take(1)[0]
                #expect(retry.signature == before.signature)
                _ = try await bench.pay(try await bench.order(), "failed")
                let after = await second.take(1)[0]
                #expect(after.signature == SandboxBench.sign(after.body, with: "third"))
                let replay = "{\"event_id\":\"\(before.eventID ?? "")\"}"
                _ = try await bench.control("POST", "/webhooks/replay", replay)
                let again = await second.take(1)[0]
                #expect(again.body == before.body)
                #expect(again.signature == SandboxBench.sign(again.body, with: "third"))
            }
        }
    }

    @Test func isListedEditedAndRemoved() async throws {
        try await withSandbox { bench in
            let url = "https://example.com/hook"
            let id = try await bench.api(
                "POST", "/v1/webhooks", Self.webhook(url, events: #"{"order.paid":true,"refund.failed":false}"#)
            ).id
            let list = try await bench.api("GET", "/v1/webhooks").json
            #expect(list["items"]?.elements?.compactMap { $0["id"]?.string } == [id, WebhookEndpoint.configuredID])
            #expect(list["items"]?.elements?.first?["events"]?.members?.map(\.name) == ["order.paid"])
            let edited = try await bench.api(
                "PUT", "/v1/webhooks/\(id)",
                #"{"url":"https://example.com/other","events":["subscription.charged"],"alert_email":"a@example.com"}"#)
            #expect(edited.json["url"]?.string == "https://example.com/other")
            #expect(edited.json["alert_email"]?.string == "a@example.com")
            #expect(try await bench.api("DELETE", "/v1/webhooks/\(id)", "{}").text == "[]")
            #expect(try await bench.api("GET", "/v1/webhooks/\(id)").status == 400)
            #expect(try await bench.api("PUT", "/v1/webhooks/\(id)", "{}").status == 400)
            #expect(try await bench.api("DELETE", "/v1/webhooks/\(id)", "{}").status == 400)
        }
    }

    @Test func aLinkedAccountHasItsOwnForItsEvents() async throws {
        try await withSandbox { bench in
            try await Self.withSecond(bench) { second, url in
                let account = try await bench.api("POST", "/v2/accounts", SandboxBench.account).id
                let path = "/v2/accounts/\(account)/webhooks"
                let made = try await bench.api(
                    "POST", path, Self.webhook(url, events: #"["payment.failed","product.route.activated"]"#))
                #expect(made.json["owner_id"]?.string == account)
                #expect(
                    made.json["events"]?.elements?.compactMap(\.string) == [
                        "payment.failed", "product.route.activated",
                    ])
                #expect(try await bench.api("GET", path).json["count"]?.int == 1)
                #expect(try await bench.api("GET", path + "/\(made.id)").id == made.id)
                #expect(try await bench.api("GET", "/v1/webhooks/\(made.id)").status == 400)
                // Not of the platform's own events.
                _ = try await bench.pay(try await bench.order(), "failed")
                _ = await bench.receiver.take(1)
                let product = try await bench.api(
                    "POST", "/v2/accounts/\(account)/products", #"{"product_name":"route"}"#
                ).id
                _ = try await bench.control("POST", "/products/\(product)/activated")
                #expect(try await second.take(1)[0].event() == "product.route.activated")
                #expect(second.left == 0)
                let edited = try await bench.api("PATCH", path + "/\(made.id)", #"{"active":false}"#)
                #expect(edited.json["active"]?.bool == false)
                #expect(try await bench.api("DELETE", path + "/\(made.id)", "{}").status == 200)
                #expect(try await bench.api("DELETE", "/v2/accounts/None/webhooks/\(made.id)", "{}").status == 400)
                #expect(try await bench.api("POST", "/v2/accounts/acc_0/webhooks", Self.webhook(url)).status == 400)
            }
        }
    }

    @Test(arguments: [
        #"{"events":["order.paid"]}"#, #"{"url":"http://example.com/","events":["order.paid"]}"#,
        #"{"url":"https://example.com/"}"#, #"{"url":"https://example.com/","events":[]}"#,
        #"{"url":"https://example.com/","events":["order.lost"]}"#,
        #"{"url":"https://example.com/","events":"order.paid"}"#,
        #"{"url":"https://example.com/","events":[7]}"#,
        #"{"url":"https://example.com/","events":["order.paid"],"port":1}"#,
    ])
    func refusesWhatIsNoAddress(body: String) async throws {
        try await withSandbox { bench in
            let answer = try await bench.api("POST", "/v1/webhooks", body)
            #expect(answer.status == 400)
        }
    }

    @Test func thereAreSoManyAndTheirSecretsAreNotLogged() async throws {
        try await withSandbox(configure: { $0.limits.webhookEndpoints = 2 }) { bench in
            let body = Self.webhook("https://example.com/", secret: "hidden-secret")
            let first = try await bench.api("POST", "/v1/webhooks", body)
            #expect(first.status == 200)
            #expect(try await bench.api("POST", "/v1/webhooks", body).status == 400)
            #expect(try await bench.control("GET", "/log").text.contains("hidden-secret") == false)
        }
    }

    @Test func withoutAnAddressThereIsNoSecretToRotate() async throws {
        try await withSandbox(configure: { $0.webhookURL = nil }) { bench in
            #expect(try await bench.control("POST", "/webhooks/secret", #"{"secret":"x"}"#).status == 400)
            _ = try await bench.pay(try await bench.order(), "failed")
            let entry = try await bench.logged { $0["note"]?.string == "there is no webhook address" }
            #expect(entry["event"]?.string == "payment.failed")
        }
    }
}
