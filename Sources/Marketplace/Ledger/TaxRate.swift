// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// A rate that is in force from a day in India on.
struct TaxRate: Sendable, JSONWritable {
    enum Name: String, CaseIterable, Sendable {
        case gstOnCommission = "gst_on_commission"
        case tcs
        case tds
    }

    /// What it is a rate of.
    enum Base: String, CaseIterable, Sendable {
        /// The platform's fee.
        case commission
        /// Taxable value of the lines, and shipping.
        case taxable
        /// What the customer pays, tax included, with what the platform pays of it.
        case gross
    }

    let kind: Name
    /// `2024-07-10`.
    let effectiveFrom: String
    let rate: BasisPoints
    let base: Base
    /// The law that says so.
    let source: String
    /// nil: came with the program.
    let setBy: UserID?

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("kind", kind.rawValue)
            json.field("effective_from", effectiveFrom)
            json.field("rate_bps", rate)
            json.field("base", base.rawValue)
            json.field("source", source)
            json.fieldIfPresent("set_by", setBy)
        }
    }

    static let schema = Schema.object(
        [
            .required("kind", .choice(of: Name.self, example: .tcs)), .required("effective_from", day),
            .required("rate_bps", .integer(0...5000, example: 50)),
            .required("base", .choice(of: Base.self, example: .taxable)),
            .required("source", .string(example: "CGST Act 2017 section 52")), .optional("set_by", .id(UserID.self)),
        ], isClosed: true
    ).named("TaxRate")

    static let day = Schema.string(format: "date", example: "2030-04-01").says("A day in India.")
}
