// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// The lines of a cart or an order as one text, as the database writes them too: `41x1,42x3`, variants ascending.
enum LineList {
    static func text(_ lines: [(variant: VariantID, quantity: Int64)]) -> String {
        lines.sorted { $0.variant < $1.variant }.map { "\($0.variant.rawValue)x\($0.quantity)" }.joined(separator: ",")
    }
}
