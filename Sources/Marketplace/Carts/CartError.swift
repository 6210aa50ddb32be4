// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP

/// Why a cart cannot be changed as asked.
enum CartError: Error, Sendable {
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

    /// The answer.
    var problem: Problem {
        switch self {
        case .notFound:
            return Problem(.notFound)
        case .sellerUnavailable(let variant, let index):
            return Self.line(
                .sellerUnavailable, index, "the seller does not sell it now", [("variant_id", .string("\(variant)"))])
        case .insufficientStock(let variant, let index, let requested, let available):
            return Self.line(
                .insufficientStock, index, "\(requested) requested, \(available) available",
                [
                    ("variant_id", .string("\(variant)")), ("requested", .int(Int64(requested))),
                    ("available", .int(Int64(available))),
                ])
        case .quantity(let code, let index, let message):
            return Self.line(code, index, message, [])
        case .currencyMismatch(let index):
            return Self.line(.currencyMismatch, index, "the cart has another currency", [])
        case .tooManyLines:
            return Problem(
                .validationFailed, detail: "A cart has at most \(CartState.linesMax) lines.",
                errors: [.init(pointer: "/lines", code: "too-long", message: "too many lines")])
        case .version(let current):
            return Problem(
                .versionConflict, detail: "The cart is at version \(current).", members: [("version", .int(current))])
        }
    }

    private static func line(
        _ code: ProblemCode, _ index: Int, _ message: String, _ members: [(String, Problem.Value)]
    ) -> Problem {
        Problem(
            code, detail: message,
            errors: [.init(pointer: "/lines/\(index)", code: code.rawValue, message: message, members: members)])
    }
}
