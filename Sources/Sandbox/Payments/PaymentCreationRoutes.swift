// SPDX-License-Identifier: Apache-2.0
import HTTP

/// Payments that a merchant's own server begins: `/v1/payments/create`, one-time passwords and virtual addresses.
enum PaymentCreationRoutes {
    /// Their bodies have card numbers: they are not logged.
    static let jsonName = "payments.create.json"

    static func routes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        return [
            Route(.post, "/v1/payments/create/json", name: jsonName, access: access, query: nil) { request in
                let payment = try await provider.begin(RequestFields(request))
                return next(payment, request)
            },
            Route(.post, "/v1/payments/create/upi", name: "payments.create.upi", access: access, query: nil) {
                request in
                let fields = try RequestFields(request)
                guard fields["method"]?.string == "upi" else {
                    throw ProviderError.invalid("method", "The method must be upi.")
                }
                let payment = try await provider.begin(fields)
                return .json { json in json.field("razorpay_payment_id", payment.id) }
            },
            Route(.post, "/v1/payments/{id}/otp_generate", name: "payments.otp", access: access, query: nil) {
                request in
                next(try await provider.begun(request.id), request)
            },
            Route(.post, "/v1/payments/{id}/otp/resend", name: "payments.otp.resend", access: access, query: nil) {
                request in
                next(try await provider.begun(request.id), request)
            },
            Route(.post, "/v1/payments/{id}/otp/submit", name: "payments.otp.submit", access: access, query: nil) {
                request in
                let fields = try RequestFields(request)
                try fields.allow(only: ["otp"])
                let password = try RequestFields.required("otp", fields.text("otp", max: 64))
                return .json(try await provider.submit(password, for: request.id))
            },
            Route(.post, "/v1/payments/validate/vpa", name: "payments.vpa", access: access, query: nil) { request in
                let fields = try RequestFields(request)
                try fields.allow(only: ["vpa"])
                let address = try VirtualAddress.checked(RequestFields.required("vpa", fields.text("vpa", max: 255)))
                return .json { json in
                    json.field("vpa", address)
                    json.field("success", true)
                    json.field("customer_name", "Asha Rao")
                }
            },
        ]
    }

    /// What the merchant does next.
    private static func next(_ payment: ProviderPayment, _ request: RequestContext) -> HTTPResponse {
        let base = "http://\(request.header("Host") ?? "127.0.0.1")/v1/payments/\(payment.id)"
        let actions =
            switch payment.method {
            case .card:
                [("otp_generate", "/otp_generate"), ("otp_submit", "/otp/submit"), ("otp_resend", "/otp/resend")]
            case .upi: [("poll", "")]
            case .netbanking, .wallet: [("redirect", "")]
            }
        return .json { json in
            json.field("razorpay_payment_id", payment.id)
            json.array("next") { json in
                for (action, path) in actions {
                    json.object { json in
                        json.field("action", action)
                        json.field("url", base + path)
                    }
                }
            }
        }
    }
}

extension PaymentProvider {
    fileprivate func begin(_ fields: RequestFields) throws(ProviderError) -> ProviderPayment {
        let new = try NewPayment(fields, ids: ids)
        let order = try RequestFields.required("order_id", fields.text("order_id", max: 64))
        let expected = try book.order(order)
        guard new.amount == expected.amountDue, new.currency == expected.currency else {
            throw .invalid("amount", "Your payment amount is different from your order amount.")
        }
        let payment = try book.begin(order, new, at: seconds)
        follow(payment)
        return payment
    }

    /// A payment by card that the bank waits for.
    fileprivate func begun(_ id: String) throws(ProviderError) -> ProviderPayment {
        let payment = try book.payment(id)
        guard payment.status == .created, PaymentCard(payment) != nil else {
            throw .refused("There is no one-time password for this payment.")
        }
        return payment
    }

    fileprivate func submit(_ password: String, for id: String) throws(ProviderError) -> CheckoutResult {
        _ = try begun(id)
        let isRight = OneTimePassword.isRight(password)
        let payment = try happen { (book) throws(ProviderError) in try book.finish(id, isRight ? .success : .failed) }
        follow(payment)
        guard isRight else {
            throw .refused(
                "Payment processing failed because of incorrect OTP", metadata: [(name: "payment_id", value: id)])
        }
        return CheckoutResult(payment, key: checkoutKey)
    }
}
