// SPDX-License-Identifier: Apache-2.0
public import HTTP

/// Every problem code that the API publishes, with its status and title.
///
/// The code stands in the type URI and in the member `code` of every problem document and never changes its meaning.
/// What one occurrence has to add goes into the `detail`, `errors` and further members.
public enum ProblemCode: String, CaseIterable, Sendable {
    // Requests
    case unknownParameter = "unknown-parameter"
    case invalidCursor = "invalid-cursor"
    case malformedJSON = "malformed-json"
    case malformedRequest = "malformed-request"
    case idempotencyKeyInvalid = "idempotency-key-invalid"
    case idempotencyKeyTooWeak = "idempotency-key-too-weak"
    case idempotencyUnsupported = "idempotency-unsupported"
    case idempotencyKeyRequired = "idempotency-key-required"
    case idempotencyKeyReused = "idempotency-key-reused"
    case idempotencyInProgress = "idempotency-in-progress"

    // Who asks
    case tokenMissing = "token-missing"
    case tokenExpired = "token-expired"
    case tokenInvalid = "token-invalid"
    case refreshInvalid = "refresh-invalid"
    case refreshReused = "refresh-reused"
    case invalidCredentials = "invalid-credentials"
    case mfaRequired = "mfa-required"
    case wrongAudience = "wrong-audience"
    case forbidden
    case accountBlocked = "account-blocked"

    // Any resource
    case notFound = "not-found"
    case versionConflict = "version-conflict"
    case illegalTransition = "illegal-transition"
    case validationFailed = "validation-failed"
    case rateLimited = "rate-limited"
    case payloadTooLarge = "payload-too-large"
    case unsupportedMediaType = "unsupported-media-type"
    case dependencyUnavailable = "dependency-unavailable"

    // Accounts and sellers
    case emailTaken = "email-taken"
    case weakPassword = "weak-password"
    case sellerExists = "seller-exists"
    case gstinTaken = "gstin-taken"
    case companyNotVerified = "company-not-verified"
    case kycIncomplete = "kyc-incomplete"
    case sellerNotActive = "seller-not-active"

    // Carts and orders
    case currencyMismatch = "currency-mismatch"
    case insufficientStock = "insufficient-stock"
    case belowReserved = "below-reserved"
    case belowMinimumQuantity = "below-minimum-quantity"
    case notAMultiple = "not-a-multiple"
    case aboveMaximumQuantity = "above-maximum-quantity"
    case sellerUnavailable = "seller-unavailable"
    case cartEmpty = "cart-empty"
    case cartChanged = "cart-changed"
    case priceChanged = "price-changed"
    case couponInvalid = "coupon-invalid"
    case couponExhausted = "coupon-exhausted"

    // Payments
    case addressNotServiceable = "address-not-serviceable"
    case paymentMethodUnavailable = "payment-method-unavailable"
    case creditLimitExceeded = "credit-limit-exceeded"
    case orderNotPayable = "order-not-payable"
    case orderExpired = "order-expired"
    case alreadyPaid = "already-paid"
    case paymentProviderUnavailable = "payment-provider-unavailable"
    case signatureInvalid = "signature-invalid"
    case amountMismatch = "amount-mismatch"

    // Refunds, settlements, deliveries
    case orderNotRefundable = "order-not-refundable"
    case refundExceedsRefundable = "refund-exceeds-refundable"
    case lineAlreadyRefunded = "line-already-refunded"
    case fourEyesRequired = "four-eyes-required"
    case settlementNotEligible = "settlement-not-eligible"
    case shipmentRequired = "shipment-required"
    case reasonRequired = "reason-required"
    case returnWindowClosed = "return-window-closed"

    // Reviews
    case notDelivered = "not-delivered"
    case reviewExists = "review-exists"
    case reviewWindowClosed = "review-window-closed"
    case alreadyAnswered = "already-answered"

    // Transport
    case methodNotAllowed = "method-not-allowed"
    case requestTimeout = "request-timeout"
    case uriTooLong = "uri-too-long"
    case headersTooLarge = "headers-too-large"
    case rangeNotSatisfiable = "range-not-satisfiable"
    case expectationFailed = "expectation-failed"
    case notImplemented = "not-implemented"
    case versionNotSupported = "version-not-supported"
    case overloaded
    case outcomeUnknown = "outcome-unknown"
    case cartMoved = "cart-moved"
    case internalError = "internal-error"

    /// Code, status and title as the HTTP layer wants them.
    public var kind: Problem.Kind {
        Self.kinds[self] ?? Problem.Kind(rawValue, HTTPStatus(status), title)
    }

    /// Each made once: a refusal is answered as often as an order in a flash sale, and titles are composed of words.
    private static let kinds = Dictionary(
        uniqueKeysWithValues: allCases.map { ($0, Problem.Kind($0.rawValue, HTTPStatus($0.status), $0.title)) })

    /// The status of the answer.
    public var status: Int {
        switch self {
        case .unknownParameter, .invalidCursor, .malformedJSON, .malformedRequest, .idempotencyKeyInvalid,
            .idempotencyKeyTooWeak, .idempotencyUnsupported, .idempotencyKeyRequired, .signatureInvalid:
            400
        case .tokenMissing, .tokenExpired, .tokenInvalid, .refreshInvalid, .refreshReused, .invalidCredentials,
            .mfaRequired:
            401
        case .wrongAudience, .forbidden, .accountBlocked, .sellerNotActive, .fourEyesRequired:
            403
        case .notFound:
            404
        case .methodNotAllowed:
            405
        case .requestTimeout:
            408
        case .idempotencyKeyReused, .idempotencyInProgress, .illegalTransition, .emailTaken, .sellerExists, .gstinTaken,
            .companyNotVerified, .kycIncomplete, .currencyMismatch, .insufficientStock, .belowReserved,
            .sellerUnavailable,
            .cartChanged, .priceChanged, .couponExhausted, .creditLimitExceeded, .orderNotPayable,
            .orderExpired,
            .alreadyPaid, .orderNotRefundable, .refundExceedsRefundable, .lineAlreadyRefunded,
            .settlementNotEligible, .returnWindowClosed, .notDelivered, .reviewExists, .reviewWindowClosed,
            .alreadyAnswered, .amountMismatch, .cartMoved:
            409
        case .versionConflict:
            412
        case .payloadTooLarge:
            413
        case .uriTooLong:
            414
        case .unsupportedMediaType:
            415
        case .rangeNotSatisfiable:
            416
        case .expectationFailed:
            417
        case .validationFailed, .weakPassword, .belowMinimumQuantity, .notAMultiple, .aboveMaximumQuantity,
            .couponInvalid, .cartEmpty,
            .addressNotServiceable, .paymentMethodUnavailable, .shipmentRequired, .reasonRequired:
            422
        case .rateLimited:
            429
        case .headersTooLarge:
            431
        case .internalError:
            500
        case .notImplemented:
            501
        case .dependencyUnavailable, .overloaded, .paymentProviderUnavailable:
            503
        case .outcomeUnknown:
            504
        case .versionNotSupported:
            505
        }
    }

    /// A short title in English, made of the code's words.
    public var title: String {
        switch self {
        case .malformedJSON: "Malformed JSON"
        case .uriTooLong: "URI too long"
        case .versionNotSupported: "HTTP version not supported"
        case .unknownParameter: "Unknown query parameter"
        case .headersTooLarge: "Request header fields too large"
        case .internalError: "Internal server error"
        case .mfaRequired: "Second factor required"
        case .gstinTaken: "GSTIN taken"
        case .companyNotVerified: "Company not verified"
        case .kycIncomplete: "KYC incomplete"
        default: Self.sentence(rawValue)
        }
    }

    private static func sentence(_ code: String) -> String {
        var words = code.split(separator: "-").joined(separator: " ")
        if let first = words.first { words.replaceSubrange(...words.startIndex, with: first.uppercased()) }
        return words
    }
}

extension Problem {
    /// A problem with a published code.
    public init(
        _ code: ProblemCode, detail: String? = nil, errors: [Item] = [], members: [(String, Value)] = [],
        headers: [HTTPHeader] = []
    ) {
        self.init(code.kind, detail: detail, errors: errors, members: members, headers: headers)
    }
}
