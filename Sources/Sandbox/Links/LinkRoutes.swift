// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCrypto

/// `/v1/payment_links`, and who pays them: `/control/payment_links`.
enum LinkRoutes {
    static func routes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        return [
            Route(.post, "/v1/payment_links", name: "links.create", access: access, query: nil) { request in
                .json(
                    try await provider.change(RequestFields(request)) { (book, fields) throws(ProviderError) in
                        try book.createLink(fields)
                    })
            },
            Route(.get, "/v1/payment_links", name: "links.all", access: access, query: nil) { request in
                let list = try ListQuery(request.query, others: ["payment_id", "reference_id"])
                let (payment, reference) = (request.query["payment_id"], request.query["reference_id"])
                let page = list.page(await provider.book.links.newestFirst) { link in
                    list.contains(link.createdAt) && (reference == nil || link.referenceID == reference)
                        && (payment == nil || link.parts.contains { $0.payment == payment })
                }
                // The one list that is not a collection.
                return .json { json in json.field("payment_links", page) }
            },
            Route(.get, "/v1/payment_links/{id}", name: "links.fetch", access: access, query: nil) { request in
                .json(try await provider.book.link(request.id))
            },
            Route(.patch, "/v1/payment_links/{id}", name: "links.edit", access: access, query: nil) { request in
                let id = request.id
                return .json(
                    try await provider.change(RequestFields(request)) { (book, fields) throws(ProviderError) in
                        try book.editLink(id, fields)
                    })
            },
            Route(.post, "/v1/payment_links/{id}/cancel", name: "links.cancel", access: access, query: nil) { request in
                try RequestFields(request).allow(only: [])
                return .json(try await provider.cancelLink(request.id))
            },
            Route(.post, "/v1/payment_links/{id}/notify_by/{part}", name: "links.notify", access: access, query: nil) {
                request in
                _ = try await provider.book.link(request.id)
                guard ["sms", "email"].contains(request.part) else {
                    throw ProviderError.refused("The medium must be sms or email.")
                }
                return .json { json in json.field("success", true) }
            },
            Route(
                .post, "/control/payment_links/{id}/pay", name: "control.link.pay",
                access: CallGate.Access.control.rawValue
            ) { request in
                let fields = try RequestFields(request)
                try fields.allow(only: ["amount", "outcome", "method"])
                let amount = try fields.integer("amount", in: 1...SandboxLimits.amountMax)
                let outcome = try fields.choice("outcome", of: LinkOutcome.self) ?? .captured
                let method = try fields.choice("method", of: ProviderPayment.Method.Name.self) ?? .upi
                return .json(try await provider.payLink(request.id, amount, outcome, method))
            },
        ]
    }
}

/// What becomes of a payment of a link: the provider captures these itself.
enum LinkOutcome: String, CaseIterable, Sendable {
    case captured, failed
}

/// What a link's page gives back.
private struct LinkResult: JSONWritable {
    let link: PaymentLink
    let payment: ProviderPayment
    let key: HMACSHA256

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("razorpay_payment_id", payment.id)
            json.field("razorpay_payment_link_id", link.id)
            json.field("razorpay_payment_link_reference_id", link.referenceID)
            json.field("razorpay_payment_link_status", link.status.rawValue)
            guard payment.isCaptured else { return }
            let message = "\(link.id)|\(link.referenceID)|\(link.status.rawValue)|\(payment.id)"
            json.field("razorpay_signature", key.code(message).hex)
        }
    }
}

extension PaymentProvider {
    fileprivate func cancelLink(_ id: String) throws(ProviderError) -> PaymentLink {
        try happen { (book) throws(ProviderError) in try book.cancelLink(id) }
    }

    fileprivate func payLink(
        _ id: String, _ amount: Int64?, _ outcome: LinkOutcome, _ method: ProviderPayment.Method.Name
    ) throws(ProviderError) -> LinkResult {
        // One more than a payment's: the link's own.
        let (link, payment) = try happen(events: Self.eventsPerOccurrence + 1) { (book) throws(ProviderError) in
            try book.payLink(id, amount, outcome == .captured ? .captured : .failed, method)
        }
        return LinkResult(link: link, payment: payment, key: checkoutKey)
    }
}
