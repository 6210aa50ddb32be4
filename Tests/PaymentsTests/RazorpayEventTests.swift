// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCrypto
import Testing

@testable import Payments

/// What a webhook's body is taken for.
struct RazorpayEventTests {
    private static func event(_ type: String, status: String) -> [UInt8] {
        Array(PaymentsFixture.event(type, order: "order_1", status: status).utf8)
    }

    @Test(
        "an event counts no more than its payment's status",
        arguments: [
            ("payment.captured", "captured", PaymentMessage.Kind.captured),
            ("order.paid", "captured", .captured),
            ("order.paid", "authorized", .authorized),
            ("payment.captured", "failed", .failed),
            ("payment.captured", "refunded", .ignored),
            ("payment.authorized", "authorized", .authorized),
            ("payment.authorized", "captured", .authorized),
            ("payment.failed", "failed", .failed),
            ("payment.failed", "captured", .failed),
            ("refund.processed", "captured", .ignored),
            ("payment.pending", "created", .ignored),
        ])
    func kinds(type: String, status: String, kind: PaymentMessage.Kind) {
        let event = RazorpayEvent(body: Self.event(type, status: status))
        #expect(event.type == type)
        #expect(event.kind == kind)
        #expect((event.payment != nil) == (kind != .ignored))
    }

    @Test(
        "a signed body that cannot be understood is kept, with a complaint, and moves nothing",
        arguments: [
            "", "[]", "{}", "nonsense", #"{"event":5}"#, #"{"event":"payment.captured"}"#,
            #"{"event":"payment.captured","event":"payment.captured"}"#,
            #"{"event":"payment.captured","payload":{"payment":{"entity":{"id":"pay_1","amount":1.0,"currency":"INR","status":"captured"}}}}"#,
            #"{"event":"payment.captured","payload":{"payment":{"entity":{"id":"pay_1","amount":-5,"currency":"INR","status":"captured"}}}}"#,
            #"{"event":"payment.captured","payload":{"payment":{"entity":{"id":"pay/1","amount":5,"currency":"INR","status":"captured"}}}}"#,
            #"{"event":"payment.captured","payload":{"payment":{"entity":{"id":"pay_1","amount":92233720368547758080,"currency":"INR","status":"captured"}}}}"#,
            "{\"event\":\"payment.captured\",\"x\":\"\\ud800\"}",
        ])
    func unreadable(_ body: String) {
        let event = RazorpayEvent(body: Array(body.utf8))
        #expect(event.kind == .ignored)
        #expect(event.payment == nil)
        #expect(event.complaint != nil && !event.isReadable)
    }

    @Test func readsTheFieldsThatMayBeMissingOrNothing() throws {
        let body =
            #"{"event":"payment.failed","payload":{"payment":{"entity":{"id":"pay_1","amount":5,"currency":"INR","status":"failed","order_id":null,"method":"","error_code":"NA","error_description":"Bank said no"}}}}"#
        let payment = try #require(RazorpayEvent(body: Array(body.utf8)).payment)
        #expect(payment.order == nil)
        #expect(payment.method == nil)
        #expect(payment.errorCode == nil)
        #expect(payment.errorText == "Bank said no")
    }

    @Test func namesAnEventByItsHeaderOrItsBody() {
        let hash = SHA256.hash("body")
        #expect(RazorpayEvent.id(header: "evt_1", bodyHash: hash) == "evt_1")
        let unnamed = "sha256:" + hash.hex
        for header in [nil, "", "evt 1", "evt\u{e9}", String(repeating: "e", count: 101)] {
            #expect(RazorpayEvent.id(header: header, bodyHash: hash) == unnamed)
        }
        #expect(unnamed.utf8.count <= 128)
    }
}
