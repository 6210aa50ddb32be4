// SPDX-License-Identifier: Apache-2.0
public import MarketCore
internal import Synchronization

/// The idempotency key row that commits with an effect.
public struct KeyClaim: Sendable, Equatable {
    /// SHA-256 over principal, method, route and key.
    public let digest: Hash32
    /// SHA-256 of the canonical request.
    public let fingerprint: Hash32
    /// How long the answer is kept.
    public let retention: Duration
    /// Whose key it is, so that it goes when the account goes.
    public let user: UserID?

    /// States a claim.
    public init(digest: Hash32, fingerprint: Hash32, retention: Duration, user: UserID?) {
        self.digest = digest
        self.fingerprint = fingerprint
        self.retention = retention
        self.user = user
    }
}

/// One order as it will be written: everything is decided, ids included, so that a batch can be resent unchanged.
///
/// A class, because it is handed through many hands and has many parts: a copy of a struct retains each of them.
public final class PlaceOrder: Sendable {
    /// The key row; requests without a key carry an internal one.
    public let claim: KeyClaim
    /// The order with its lines.
    public let order: OrderRecord
    private let render: @Sendable () -> StoredAnswer
    private let rendered = Mutex<StoredAnswer?>(nil)

    /// States an order to be placed.
    ///
    /// - Parameter answer: made when its batch is written, once; never for an order that is refused before.
    public init(claim: KeyClaim, order: OrderRecord, answer: @escaping @Sendable () -> StoredAnswer) {
        self.claim = claim
        self.order = order
        render = answer
    }

    /// The answer that is stored under the key and given when the order is placed.
    public var answer: StoredAnswer {
        rendered.withLock { rendered in
            if let rendered { return rendered }
            let made = render()
            rendered = made
            return made
        }
    }
}

/// An order's columns. Money in minor units of `currency`.
public struct OrderRecord: Sendable {
    /// The order's id.
    public var id: OrderID
    /// The buyer.
    public var user: UserID
    /// The cart that becomes this order.
    public var cart: CartID
    /// The version of the cart that was priced; another one refuses the order.
    public var cartVersion: Int64
    /// ISO 4217.
    public var currency: Currency
    /// Σ lines before discount and shipping, tax included.
    public var subtotal: Int64
    /// Taken off the subtotal.
    public var discount: Int64
    /// Charged for shipping.
    public var shipping: Int64
    /// Tax contained in the total.
    public var tax: Int64
    /// What is to be paid.
    public var total: Int64
    /// `razorpay`, `cod` or `credit_terms`.
    public var paymentMethod: String
    /// JSON object.
    public var shippingAddress: [UInt8]
    /// JSON object.
    public var billingAddress: [UInt8]
    /// Free text of the buyer.
    public var customerNote: String?
    /// The company that the cart is for at that version; nil: the buyer alone.
    public var company: CompanyID?
    /// Purchase order number of the buyer's company.
    public var purchaseOrder: String?
    /// How long the units stay held without payment.
    public var reservationTTL: Duration
    /// The end of that time by our clock, as the answer's body says it.
    public var reservedUntil: Timestamp
    /// One per seller.
    public var sellerOrders: [SellerOrderRecord]
    /// Sorted by variant, each variant once.
    public var lines: [OrderLineRecord]

    /// States the columns.
    public init(
        id: OrderID, user: UserID, cart: CartID, cartVersion: Int64, currency: Currency, subtotal: Int64,
        discount: Int64, shipping: Int64, tax: Int64, total: Int64, paymentMethod: String, shippingAddress: [UInt8],
        billingAddress: [UInt8], customerNote: String?, company: CompanyID? = nil, purchaseOrder: String?,
        reservationTTL: Duration,
        reservedUntil: Timestamp, sellerOrders: [SellerOrderRecord], lines: [OrderLineRecord]
    ) {
        self.id = id
        self.user = user
        self.cart = cart
        self.cartVersion = cartVersion
        self.currency = currency
        self.subtotal = subtotal
        self.discount = discount
        self.shipping = shipping
        self.tax = tax
        self.total = total
        self.paymentMethod = paymentMethod
        self.shippingAddress = shippingAddress
        self.billingAddress = billingAddress
        self.customerNote = customerNote
        self.company = company
        self.purchaseOrder = purchaseOrder
        self.reservationTTL = reservationTTL
        self.reservedUntil = reservedUntil
        self.sellerOrders = sellerOrders
        self.lines = lines
    }

    /// What the order wants of each variant; lines of one variant are summed, so that each is judged and held once.
    var stockLines: [StockLine] {
        var merged: [StockLine] = []
        merged.reserveCapacity(lines.count)
        for line in lines {
            // Lines are sorted by variant, so equal ones are neighbours. Lines that were priced with different versions
            // keep the older one, which is refused.
            if let last = merged.last, last.variant == line.variant {
                merged[merged.count - 1] = StockLine(
                    variant: line.variant, quantity: last.quantity + line.quantity,
                    offerVersion: min(last.offerVersion, line.offerVersion))
            } else {
                merged.append(
                    StockLine(variant: line.variant, quantity: line.quantity, offerVersion: line.offerVersion))
            }
        }
        return merged
    }
}

/// One seller's part of an order.
public struct SellerOrderRecord: Sendable {
    /// The part's id.
    public var id: SellerOrderID
    /// The seller.
    public var seller: SellerID
    /// Σ of its lines before discount.
    public var subtotal: Int64
    /// Its share of the discount.
    public var discount: Int64
    /// Its shipping.
    public var shipping: Int64
    /// Tax contained in its total.
    public var tax: Int64
    /// Σ of its lines and shipping.
    public var total: Int64

    /// States the columns.
    public init(
        id: SellerOrderID, seller: SellerID, subtotal: Int64, discount: Int64, shipping: Int64, tax: Int64, total: Int64
    ) {
        self.id = id
        self.seller = seller
        self.subtotal = subtotal
        self.discount = discount
        self.shipping = shipping
        self.tax = tax
        self.total = total
    }
}

/// One line with its frozen price and tax.
public struct OrderLineRecord: Sendable {
    /// The line's id.
    public var id: OrderLineID
    /// Index into `OrderRecord.sellerOrders`.
    public var sellerOrder: Int
    /// What was bought.
    public var product: ProductID
    /// Which variant of it.
    public var variant: VariantID
    /// The seller's own article number.
    public var sku: String
    /// The title as it was.
    public var title: String
    /// JSON object of the variant's options.
    public var options: [UInt8]
    /// Units.
    public var quantity: Int
    /// Price of one, tax included.
    public var unitPrice: Int64
    /// Taken off this line.
    public var discount: Int64
    /// Tax rate.
    public var taxRate: BasisPoints
    /// How the total splits into taxable value and tax.
    public var tax: GSTSplit
    /// What the line costs.
    public var total: Int64
    /// Tariff code.
    public var hsnCode: String
    /// The version of the offer it was priced with.
    public var offerVersion: Int64
    /// The commission rule that applies; nil: none.
    public var commission: CommissionTerms?
    /// JSON object of what the price of one came from; `{}`: the variant's own, which has no tiers.
    public var priced: [UInt8]

    /// The variant's own price, and no tiers.
    public static let plainPrice: [UInt8] = Array("{}".utf8)

    /// States the columns.
    public init(
        id: OrderLineID, sellerOrder: Int, product: ProductID, variant: VariantID, sku: String, title: String,
        options: [UInt8], quantity: Int, unitPrice: Int64, discount: Int64, taxRate: BasisPoints, tax: GSTSplit,
        total: Int64, hsnCode: String, offerVersion: Int64, commission: CommissionTerms? = nil,
        priced: [UInt8] = OrderLineRecord.plainPrice
    ) {
        self.id = id
        self.sellerOrder = sellerOrder
        self.product = product
        self.variant = variant
        self.sku = sku
        self.title = title
        self.options = options
        self.quantity = quantity
        self.unitPrice = unitPrice
        self.discount = discount
        self.taxRate = taxRate
        self.tax = tax
        self.total = total
        self.hsnCode = hsnCode
        self.offerVersion = offerVersion
        self.commission = commission
        self.priced = priced
    }
}

/// What became of one order of a batch.
public enum PlaceOutcome: Sendable, Equatable {
    /// Committed; the answer under its key is the one that was sent.
    case placed
    /// The key was used before: the stored fingerprint and answer, to be compared by the caller.
    case known(fingerprint: Hash32, answer: StoredAnswer)
    /// Another transaction has the key right now; nothing was done.
    case busy
    /// The same cart version was ordered by the same request under another key; the answer of that order, if kept.
    case sameCartOrder(OrderID, StoredAnswer?)
    /// The cart is at another version.
    case cartMoved
    /// Lines that the database refused.
    case refused([LineRefusal])
}
