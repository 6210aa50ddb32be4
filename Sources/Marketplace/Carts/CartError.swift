// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// Why a cart cannot be changed as asked.
enum CartError: Error, Sendable {
    /// Where in a request's body the lines stand that a refusal points at.
    enum Body: Sendable {
        /// In `lines`.
        case lines
        /// The body is the only one.
        case one
        /// In an order that the body names.
        case order
    }

    /// No such variant or line.
    case notFound
    /// The seller or the product does not sell now.
    case sellerUnavailable(VariantID, Int)
    /// Fewer units than wanted.
    case insufficientStock(VariantID, Int, requested: Int, available: Int)
    /// The quantity breaks the offer's rules.
    case quantity(ProblemCode, Int, message: String)
    /// Another currency than the cart's.
    case currencyMismatch(Int)
    /// More than `CartState.linesMax` lines.
    case tooManyLines
    /// The caller expected another version.
    case version(current: Int64)

    /// The answer to a request with such a body.
    func problem(in body: Body = .lines) -> Problem {
        switch self {
        case .notFound:
            return Problem(.notFound)
        case .sellerUnavailable(let variant, let index):
            return Self.line(
                .sellerUnavailable, body.pointer(index), "the seller does not sell it now",
                [("variant_id", .string("\(variant)"))])
        case .insufficientStock(let variant, let index, let requested, let available):
            return Self.line(
                .insufficientStock, body.pointer(index, isQuantity: true),
                "\(requested) requested, \(available) available",
                [
                    ("variant_id", .string("\(variant)")), ("requested", .int(Int64(requested))),
                    ("available", .int(Int64(available))),
                ])
        case .quantity(let code, let index, let message):
            return Self.line(code, body.pointer(index, isQuantity: true), message, [])
        case .currencyMismatch(let index):
            return Self.line(.currencyMismatch, body.pointer(index), "the cart has another currency", [])
        case .tooManyLines:
            return Problem(
                .validationFailed, detail: "A cart has at most \(CartState.linesMax) lines.",
                errors: [.init(pointer: body.wholePointer, code: "too-long", message: "too many lines")])
        case .version(let current):
            return Problem(
                .versionConflict, detail: "The cart is at version \(current).",
                // The first as everywhere; the second has been there for longer.
                members: [("current_version", .int(current)), ("version", .int(current))])
        }
    }

    private static func line(
        _ code: ProblemCode, _ pointer: String, _ message: String, _ members: [(String, Problem.Value)]
    ) -> Problem {
        Problem(
            code, detail: message,
            errors: [.init(pointer: pointer, code: code.rawValue, message: message, members: members)])
    }
}

extension CartError.Body {
    /// What a refusal of one line points at.
    fileprivate func pointer(_ index: Int, isQuantity: Bool = false) -> String {
        switch self {
        case .lines: "/lines/\(index)"
        case .one: isQuantity ? "/quantity" : "/variant_id"
        case .order: "/id"
        }
    }

    /// What a refusal of all of them points at.
    fileprivate var wholePointer: String {
        switch self {
        case .lines: "/lines"
        case .one: "/variant_id"
        case .order: "/id"
        }
    }
}
