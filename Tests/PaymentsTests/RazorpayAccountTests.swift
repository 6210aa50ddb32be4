// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Payments

/// The two signatures, checked with the published vectors of `razorpay.md` §7.
struct RazorpayAccountTests {
    private static let account = RazorpayAccount(
        keyID: "rzp_test_x", keySecret: "sbx_key_secret_1", webhookSecrets: ["whsec_old", "whsec_sandbox_1"],
        baseURL: nil)

    private static let body = Array(
        #"{"entity":"event","account_id":"acc_SbxMkt0000001A","event":"payment.captured","contains":["payment"],"payload":{"payment":{"entity":{"id":"pay_Sbx0000000001A","entity":"payment","amount":129900,"currency":"INR","status":"captured","order_id":"order_Sbx0000000001B","method":"upi","captured":true,"description":"Caf\u00e9 \/ \u091a\u093e\u092f","notes":[]}}},"created_at":1789000003}"#
            .utf8)
    private static let signature = "f14960543476aecda67874ec9207e37255defbc19ecd0c6f3009a36d5d1fb0dd"

    @Test func acceptsTheRawBytesThatWereSigned() {
        #expect(Self.body.count == 383)
        #expect(Self.account.isWebhookSignature(Self.signature.utf8, for: Self.body))
    }

    @Test(
        "anything but 64 lower-case digits of the right code is refused",
        arguments: [
            "", "f1", signature.uppercased(), signature + "\n", " " + signature, signature + "0",
            "0" + signature.dropFirst(), String(repeating: "g", count: 64), String(repeating: "é", count: 32),
        ])
    func refuses(_ claimed: String) {
        #expect(!Self.account.isWebhookSignature(claimed.utf8, for: Self.body))
    }

    @Test func refusesAReencodedBody() {
        let reencoded = Array(
            String(decoding: Self.body, as: UTF8.self).replacing(#"\/"#, with: "/").utf8)
        #expect(!Self.account.isWebhookSignature(Self.signature.utf8, for: reencoded))
    }

    @Test func refusesASecretThatIsNotActive() {
        let other = RazorpayAccount(
            keyID: "rzp_test_x", keySecret: "s", webhookSecrets: ["whsec_sandbox_2"], baseURL: nil)
        #expect(!other.isWebhookSignature(Self.signature.utf8, for: Self.body))
    }

    @Test func otherSecretsTakeThePlaceOfAllBefore() {
        let account = RazorpayAccount(keyID: "k", keySecret: "s", webhookSecrets: ["whsec_sandbox_1"], baseURL: nil)
        account.use(webhookSecrets: ["whsec_new", "whsec_sandbox_1"])
        #expect(account.isWebhookSignature(Self.signature.utf8, for: Self.body))
        account.use(webhookSecrets: ["whsec_new"])
        #expect(!account.isWebhookSignature(Self.signature.utf8, for: Self.body))
    }

    @Test func checksWhatTheCheckoutReturned() {
        let (order, payment) = ("order_Sbx0000000001B", "pay_Sbx0000000001A")
        let right = "9adfb5ab5665907aeb664d4b1b02e54037ab5373793bb63ea77338167b423835"
        #expect(Self.account.isCheckoutSignature(right, order: order, payment: payment))
        #expect(!Self.account.isCheckoutSignature(right, order: payment, payment: order))
        #expect(!Self.account.isCheckoutSignature(right.uppercased(), order: order, payment: payment))
        let sdk = RazorpayAccount(keyID: "k", keySecret: "key_secret", webhookSecrets: ["w"], baseURL: nil)
        #expect(
            sdk.isCheckoutSignature(
                "b2335e3b0801106b84a7faff035df56ecffde06918c9ddd1f0fafbb37a51cc89", order: "fake_order_id",
                payment: "fake_payment_id"))
    }
}
