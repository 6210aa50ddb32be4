// SPDX-License-Identifier: Apache-2.0
import HTTP
public import MarketCore

/// A refund as the provider tells it, for those who keep refunds.
public struct RazorpayRefundState: Sendable, Equatable {
    /// The provider's refund.
    public let id: String
    /// The provider's payment.
    public let payment: String
    /// Minor units.
    public let amount: Int64
    /// ISO 4217 as the provider wrote it.
    public let currency: String
    /// pending, processed, failed; others may come.
    public let status: String
    /// normal or instant.
    public let speedProcessed: String?
    /// Ours.
    public let receipt: String?

    init(_ refund: RazorpayRefund) {
        id = refund.id
        payment = refund.payment
        amount = refund.amount
        currency = refund.currency
        status = refund.status
        speedProcessed = refund.speedProcessed
        receipt = refund.receipt
    }
}

/// Why a call about a refund gave nothing, as far as that is known.
public enum RazorpayRefundFailure: Error, Sendable, Equatable {
    /// It was not done: no connection, turned away, told to wait.
    case notDone(String)
    /// It may have been done: ask before it is sent again.
    case unknown(String)
    /// It is refused, and would be again.
    case refused(code: String, text: String)

    init(_ error: RazorpayError) {
        switch (error.kind, error.status) {
        case (.notDone, _): self = .notDone(error.message)
        // A call under the same key is still running there, or the answer took too long: what becomes of it is open.
        case (.refused, 408?), (.refused, 409?), (.refused, 425?), (.unknown, _), (.malformed, _):
            self = .unknown(error.message)
        case (.refused, let status): self = .refused(code: status.map { "\($0)" } ?? "refused", text: error.message)
        }
    }
}

extension RazorpayClient {
    /// Collections answer with so many at most; a payment has a few refunds.
    private static let refundsMax = 100

    /// Makes a refund of a captured payment, or returns the one that was made under the key.
    ///
    /// - Parameters:
    ///   - key: idempotency key and receipt: 10 to 36 of `A-Z a-z 0-9 - _`.
    ///   - note: what the provider's dashboard shows of ours.
    public func refund(
        payment: String, amount: Money, speed: String, key: String, note: String
    ) async throws(RazorpayRefundFailure) -> RazorpayRefundState {
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.field("amount", amount.minor)
            json.field("speed", speed)
            json.field("receipt", key)
            json.object("notes") { json in json.field("refund_id", note) }
        }
        let bytes = json.bytes
        return try await told { () async throws(RazorpayError) -> JSONDocument in
            try await call(
                "POST", "/v1/payments/\(payment)/refund", body: bytes, headers: [("X-Refund-Idempotency", key)])
        }
    }

    /// The refund of a payment that has this receipt; nil when there is none.
    public func refund(
        ofPayment payment: String, receipt: String
    ) async throws(RazorpayRefundFailure) -> RazorpayRefundState? {
        let document: JSONDocument
        do throws(RazorpayError) {
            document = try await call("GET", "/v1/payments/\(payment)/refunds?count=\(Self.refundsMax)")
        } catch {
            throw Self.failure(ofQuestion: error)
        }
        guard let items = document.root["items"]?.elements else { throw .unknown("no collection") }
        for item in items {
            guard let refund = RazorpayRefund(item) else { throw .unknown("a refund without its fields") }
            if refund.receipt == receipt { return RazorpayRefundState(refund) }
        }
        return nil
    }

    /// A refund as it is now.
    public func refundState(_ id: String) async throws(RazorpayRefundFailure) -> RazorpayRefundState {
        do throws(RazorpayRefundFailure) {
            return try await told { () async throws(RazorpayError) -> JSONDocument in
                try await call("GET", "/v1/refunds/\(id)")
            }
        } catch {
            if case .refused(_, let text) = error { throw .unknown(text) }
            throw error
        }
    }

    private func told(
        _ call: () async throws(RazorpayError) -> JSONDocument
    ) async throws(RazorpayRefundFailure) -> RazorpayRefundState {
        let document: JSONDocument
        do throws(RazorpayError) {
            document = try await call()
        } catch {
            throw RazorpayRefundFailure(error)
        }
        guard let refund = RazorpayRefund(document.root) else { throw .unknown("a refund without its fields") }
        return RazorpayRefundState(refund)
    }

    /// A question that is refused tells nothing of what was asked about.
    private static func failure(ofQuestion error: RazorpayError) -> RazorpayRefundFailure {
        let failure = RazorpayRefundFailure(error)
        if case .refused(_, let text) = failure { return .unknown(text) }
        return failure
    }
}
