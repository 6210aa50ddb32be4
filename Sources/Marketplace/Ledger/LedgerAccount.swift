// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// An account of the ledger: a class, and for most of them whose it is.
///
/// **Shape**: stored with bare numbers, `seller_available:1234`; shown with the ids of the API, `seller_available:sel_01jd…`.
struct LedgerAccount: Hashable, Sendable, CustomStringConvertible {
    /// As the ledger names it.
    let stored: String

    /// What follows the name of a class.
    private enum Owner {
        case nobody
        case order
        case seller
        case sellerOrPlatform
        case companyAndSeller
        case text
    }

    /// The classes; none is the beginning of another.
    private static let classes: [String: Owner] = [
        "psp_clearing": .nobody, "bank": .nobody, "psp_fees": .nobody, "cod_fees": .nobody, "gst_input": .nobody,
        "gst_output": .nobody, "commission_revenue": .nobody, "tcs_payable": .nobody, "tds_payable": .nobody,
        "promo_expense": .nobody, "refund_clearing": .nobody, "payout_in_transit": .nobody, "order_funds": .order,
        "seller_pending": .seller, "seller_available": .seller, "dispute_loss": .sellerOrPlatform,
        "buyer_receivable": .companyAndSeller, "cod_receivable": .text, "dispute_held": .text,
    ]

    /// The names of the classes, sorted.
    static let classNames: [String] = classes.keys.sorted()

    init(stored: String) {
        self.stored = stored
    }

    /// Reads an account as the API names it; nil for one that the ledger does not have.
    init?(_ text: String) {
        let (name, owner) = Self.parts(text)
        switch (Self.classes[name], owner) {
        case (.nobody, nil): stored = name
        case (.order, let owner?):
            guard let id = OrderID(owner) else { return nil }
            stored = "\(name):\(id.rawValue)"
        case (.sellerOrPlatform, "platform"): stored = text
        case (.seller, let owner?), (.sellerOrPlatform, let owner?):
            guard let id = SellerID(owner) else { return nil }
            stored = "\(name):\(id.rawValue)"
        case (.companyAndSeller, let owner?):
            let (first, second) = Self.parts(owner)
            guard let company = CompanyID(first), let seller = second.flatMap({ SellerID($0) }) else { return nil }
            stored = "\(name):\(company.rawValue):\(seller.rawValue)"
        case (.text, let owner?):
            guard (1...120).contains(owner.utf8.count), owner.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                return nil
            }
            stored = text
        case (.nobody, _), (_, nil), (nil, _): return nil
        }
    }

    /// As the API names it.
    var description: String {
        let (name, owner) = Self.parts(stored)
        guard let owner else { return stored }
        switch Self.classes[name] {
        case .order: return Int64(owner).map { "\(name):\(OrderID(rawValue: $0))" } ?? stored
        case .seller, .sellerOrPlatform: return Int64(owner).map { "\(name):\(SellerID(rawValue: $0))" } ?? stored
        case .companyAndSeller:
            let (first, second) = Self.parts(owner)
            guard let company = Int64(first), let seller = second.flatMap({ Int64($0) }) else { return stored }
            return "\(name):\(CompanyID(rawValue: company)):\(SellerID(rawValue: seller))"
        case .nobody, .text, nil: return stored
        }
    }

    private static func parts(_ text: String) -> (String, String?) {
        guard let colon = text.firstIndex(of: ":") else { return (text, nil) }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
}
