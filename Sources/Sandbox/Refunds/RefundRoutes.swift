// SPDX-License-Identifier: Apache-2.0
import HTTP

/// Refunds below `/v1/payments`, `/v1/refunds`, and what banks make of them: `/control/refunds`.
enum RefundRoutes {
    static func routes(_ provider: PaymentProvider) -> [Route] {
        paymentRoutes(provider) + refundRoutes(provider) + [
            Route(
                .post, "/control/refunds/{id}/{outcome}", name: "control.refund",
                access: CallGate.Access.control.rawValue
            ) { request in
                try RequestFields(request).allow(only: [])
                guard let outcome = RefundOutcome(rawValue: request.parameters["outcome"] ?? "") else {
                    throw ProviderError.unknownURL
                }
                return .json(try await provider.decideRefund(request.id, outcome))
            }
        ]
    }

    private static func paymentRoutes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        return [
            Route(.post, "/v1/payments/{id}/refund", name: "payments.refund", access: access, query: nil) { request in
                let new = try NewRefund(RequestFields(request))
                return .json(try await provider.refund(request.id, new, .init(.refund, request)))
            },
            Route(.get, "/v1/payments/{id}/refunds", name: "payments.refunds", access: access, query: nil) { request in
                let list = try ListQuery(request.query)
                return .json(EntityList(items: try await provider.refunds(of: request.id, list)))
            },
            Route(
                .get, "/v1/payments/{id}/refunds/{refund}", name: "payments.refunds.fetch", access: access, query: nil
            ) {
                request in
                let refund = try await provider.book.refund(request.parameters["refund"] ?? "")
                guard refund.paymentID == request.id else { throw ProviderError.unknownID }
                return .json(refund)
            },
        ]
    }

    private static func refundRoutes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        return [
            Route(.post, "/v1/refunds", name: "refunds.create", access: access, query: nil) { request in
                let fields = try RequestFields(request)
                let new = try NewRefund(fields, others: ["payment_id"])
                let payment = try RequestFields.required("payment_id", fields.text("payment_id", max: 64))
                return .json(try await provider.refund(payment, new, .init(.refund, request)))
            },
            Route(.get, "/v1/refunds", name: "refunds.all", access: access, query: nil) { request in
                let list = try ListQuery(request.query)
                return .json(EntityList(items: await provider.listRefunds(list)))
            },
            Route(.get, "/v1/refunds/{id}", name: "refunds.fetch", access: access, query: nil) { request in
                .json(try await provider.book.refund(request.id))
            },
            Route(
                .patch, "/v1/refunds/{id}", name: "refunds.edit", access: access, query: nil,
                bodyMax: SandboxLimits.requestBytes
            ) { request in
                .json(try await provider.editRefund(request.id, notes: RequestFields(request).onlyNotes()))
            },
        ]
    }
}

/// What a bank makes of a refund.
enum RefundOutcome: String, Sendable {
    case processed, failed
    /// It cannot be instant.
    case speedChanged = "speed_changed"
}

extension PaymentProvider {
    /// How long a refund is under way: a moment to look at it, and an instant one is faster.
    private static let refundDelays: (instant: Duration, normal: Duration) = (.seconds(1), .seconds(5))
    /// `processed` comes before the bank's reference.
    private static let referenceDelay: Duration = .seconds(3600)

    /// A key that made a refund before gives that one, as it is now.
    fileprivate func refund(
        _ paymentID: String, _ new: NewRefund, _ key: IdempotencyBook.Use?
    ) throws(ProviderError) -> ProviderRefund {
        if let id = try idempotency.find(key) { return try book.refund(id) }
        let now = seconds
        let refund = try happen { (book) throws(ProviderError) in try book.refund(paymentID, new, at: now) }
        idempotency.keep(key, refund.id)
        follow(refund)
        return refund
    }

    /// Lets the provider work on a new refund.
    func follow(_ refund: ProviderRefund) {
        schedule(
            .refund(refund.id), after: refund.speed == .normal ? Self.refundDelays.normal : Self.refundDelays.instant)
    }

    /// The time of a refund has come; one that was decided by hand stays as it is.
    func processRefund(_ id: String) -> [EventDraft] {
        guard let refund = book.refunds[id], refund.status == .pending else { return [] }
        schedule(.refundReference(id), after: Self.referenceDelay)
        return book.complete(refund).events
    }

    fileprivate func decideRefund(_ id: String, _ outcome: RefundOutcome) throws(ProviderError) -> ProviderRefund {
        let refund = try happen { (book) throws(ProviderError) in
            switch outcome {
            case .processed: try book.processRefund(id)
            case .failed: try book.failRefund(id)
            case .speedChanged: try book.slowRefund(id)
            }
        }
        if outcome == .processed { schedule(.refundReference(id), after: Self.referenceDelay) }
        return refund
    }

    fileprivate func editRefund(_ id: String, notes: Notes) throws(ProviderError) -> ProviderRefund {
        try book.editRefund(id, notes: notes)
    }

    fileprivate func refunds(of id: String, _ list: ListQuery) throws(ProviderError) -> [ProviderRefund] {
        list.page(book.refunds(of: try book.payment(id))) { list.contains($0.createdAt) }
    }

    fileprivate func listRefunds(_ list: ListQuery) -> [ProviderRefund] {
        list.page(book.refunds.newestFirst) { list.contains($0.createdAt) }
    }
}
