// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import Testing

@testable import Sandbox

/// The published vectors: what other people's code signs and checks.
struct SignatureTests {
    private static let decoded =
        "{\"entity\":\"event\",\"account_id\":\"acc_SbxMkt0000001A\",\"event\":\"payment.captured\",\"contains\":[\"payment\"],"
        + "\"payload\":{\"payment\":{\"entity\":{\"id\":\"pay_Sbx0000000001A\",\"entity\":\"payment\",\"amount\":129900,"
        + "\"currency\":\"INR\",\"status\":\"captured\",\"order_id\":\"order_Sbx0000000001B\",\"method\":\"upi\",\"captured\":true,"
        + "\"description\":\"Café / चाय\",\"notes\":[]}}},\"created_at\":1789000003}"

    @Test func aWebhookInTheUsualSpellingHasTheVectorsSignature() {
        let body = EscapeStyle.ascii.applied(to: Array(Self.decoded.utf8))
        #expect(body.count == 383)
        #expect(String(decoding: body, as: UTF8.self).contains("Caf\\u00e9 \\/ \\u091a\\u093e\\u092f"))
        #expect(
            WebhookEvent.Delivery.signature(of: body, secret: "whsec_sandbox_1")
                == "f14960543476aecda67874ec9207e37255defbc19ecd0c6f3009a36d5d1fb0dd")
    }

    @Test func reEncodedItHasAnother() {
        let body = EscapeStyle.utf8.applied(to: Array(Self.decoded.utf8))
        #expect(body.count == 369)
        let signature = WebhookEvent.Delivery.signature(of: body, secret: "whsec_sandbox_1")
        #expect(signature?.hasPrefix("c144f6e2") == true)
        #expect(signature?.hasSuffix("586fbc") == true)
    }

    @Test(arguments: [
        (
            "sbx_key_secret_1", "order_Sbx0000000001B", "pay_Sbx0000000001A",
            "9adfb5ab5665907aeb664d4b1b02e54037ab5373793bb63ea77338167b423835"
        ),
        (
            "key_secret", "fake_order_id", "fake_payment_id",
            "b2335e3b0801106b84a7faff035df56ecffde06918c9ddd1f0fafbb37a51cc89"
        ),
    ])
    func aCheckoutHasTheVectorsSignature(secret: String, order: String, payment: String, signature: String) {
        let key = HMACSHA256(key: Array(secret.utf8))
        #expect(CheckoutResult.signature(orderID: order, paymentID: payment, key: key) == signature)
    }

    @Test func everySpellingIsTheSameText() throws {
        let text = "<a href=\"x\\y\"> & / é चाय 😀 \u{2028} \u{1} \n"
        let json = text.jsonBytes()
        var spellings: Set<[UInt8]> = []
        for style in EscapeStyle.allCases {
            let spelled = style.applied(to: json)
            #expect(try JSONDocument(parsing: spelled).root.string == text)
            spellings.insert(spelled)
        }
        #expect(spellings.count == EscapeStyle.allCases.count)
        #expect(EscapeStyle.ascii.applied(to: json).allSatisfy { $0 < 0x80 })
        #expect(EscapeStyle.ascii.applied(to: "😀".jsonBytes()) == Array("\"\\ud83d\\ude00\"".utf8))
        #expect(EscapeStyle.html.applied(to: "<é/>".jsonBytes()) == Array("\"\\u003cé/\\u003e\"".utf8))
    }

    @Test func anEmptySecretSignsNothing() {
        #expect(WebhookEvent.Delivery.signature(of: [0x7B, 0x7D], secret: "") == nil)
    }
}
