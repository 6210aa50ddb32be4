// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

/// The provider's published webhook with its signature, sent to a server that has its secret.
@Suite(.timeLimit(.minutes(5))) struct WebhookVectorTests {
    private static let body =
        #"{"entity":"event","account_id":"acc_SbxMkt0000001A","event":"payment.captured","contains":["payment"],"payload":{"payment":{"entity":{"id":"pay_Sbx0000000001A","entity":"payment","amount":129900,"currency":"INR","status":"captured","order_id":"order_Sbx0000000001B","method":"upi","captured":true,"description":"Caf\u00e9 \/ \u091a\u093e\u092f","notes":[]}}},"created_at":1789000003}"#
    private static let signature = "f14960543476aecda67874ec9207e37255defbc19ecd0c6f3009a36d5d1fb0dd"

    @Test func theVectorsSecretIsTakenAndItsWebhookBelieved() async throws {
        let environment = [
            "RAZORPAY_KEY_ID": "rzp_test_Sbx0000001", "RAZORPAY_KEY_SECRET": "sbx_key_secret_1",
            "RAZORPAY_WEBHOOK_SECRETS": "whsec_sandbox_1",
        ]
        try await LiveShop.with(environment: environment) { shop in
            for (signature, status) in [(Self.signature, 200), (String(Self.signature.reversed()), 400)] {
                let answer = try await shop.client.post(
                    "/api/payments/webhook/", Self.body,
                    headers: [("X-Razorpay-Signature", signature), ("X-Razorpay-Event-Id", "evt_\(status)")])
                #expect(answer.status == status, "\(answer.text)")
            }
            let kept = try await shop.database.text("select event_id || ' ' || state from payments.events")
            #expect(kept == "evt_200 waiting")
        }
    }
}
