// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The shapes of orders.
enum OrderSchema {
    static let number = Schema.string(pattern: "^[0-7][0-9A-HJKMNP-TV-Z]{12}$", example: "01JD3K5V8X9YA")
    static let partNumber = Schema.string(
        pattern: "^[0-7][0-9A-HJKMNP-TV-Z]{12}-[1-9][0-9]*$", example: "01JD3K5V8X9YA-1")

    /// What an order shows wherever it is shown.
    static let head: [Schema.Property] = [
        .required("id", .id(OrderID.self)), .required("number", number.says("For people: the id's digits.")),
        .required("status", .choice(of: OrderStatus.self, example: .pendingPayment)),
        .required("payment_status", .choice(of: PaymentStatus.self, example: .unpaid)),
        .required("fulfilment_status", .choice(["unfulfilled", "partial", "fulfilled", "returned"])),
    ]

    private static let next: [Schema.Property] = [
        .optional("reserved_until", Schema.timestamp.says("Until then its units are kept for the payment.")),
        .optional(
            "next_action",
            .object(
                [
                    .required("type", .constant("initiate_payment")),
                    .required("endpoint", .constant("/api/payments/initiate/")),
                ], isClosed: true)),
        .required("cancellable", .boolean(example: true)),
    ]

    private static let line = Schema.object(
        [
            .required("id", .id(OrderLineID.self)), .required("product_id", .id(ProductID.self)),
            .required("variant_id", .id(VariantID.self)), .required("sku", .string(example: "SPK-1-1")),
            .required("title", .string(example: "Walnut bookshelf speaker")),
            .required("options", .map(of: .string(example: "walnut"), example: ["colour": "walnut"])),
            .required("quantity", .quantity), .required("unit_price", .money(129_900)),
            .required("discount", .money(0)), .required("taxable_value", .money(220_170)), .required("tax", tax),
            .required("total", .money(259_800)), .required("hsn_code", .string(length: 2...8, example: "851822")),
            .required("refunded_quantity", .integer(0...1_000_000, example: 0)),
            .required("refunded_amount", Schema.money(0).says("Given back, or on its way to the buyer.")),
            .optional("returnable_until", Schema.timestamp.says("From delivery on, while it may come back.")),
            .optional("commission", commission),
        ], isClosed: true
    ).named("OrderLine")

    /// What a line owes the marketplace.
    static let commission = Schema.object(
        [
            .required("rule_id", .id(CommissionID.self)), .required("version", .integer(1...Int.max, example: 2)),
            .required("rate_bps", .integer(0...10_000, example: 1_000)), .required("amount", .money(22_017)),
            .required("gst", .money(3_963)),
        ], isClosed: true
    ).says("For its seller and admins: of all of it, by the rule that was frozen with it.").named(
        "LineCommission")

    private static let tax = Schema.object(
        [
            .required("rate_bps", .integer(0...10_000, example: 1_800)), .required("cgst", .money(19_815)),
            .required("sgst", .money(19_815)), .required("igst", .money(0)),
        ], isClosed: true)

    private static let history = Schema.array(
        of: Schema.object(
            [
                .required("at", .timestamp), .required("from", .string(example: "pending_payment")),
                .required("to", .string(example: "confirmed")), .required("actor", .string(example: "razorpay")),
                .optional("reason", .string(example: "released by the buyer")),
            ], isClosed: true
        ).named("Transition"), example: [])

    /// One seller's part.
    static let sellerOrderMembers: [Schema.Property] = [
        .required("id", .id(SellerOrderID.self)), .required("number", partNumber),
        .required("order_id", .id(OrderID.self)), .required("seller", Schema.sellerName),
        .required("status", .choice(of: SellerOrderStatus.self, example: .pendingPayment)),
        .optional("accept_by", .timestamp), .required("lines", .array(of: line)), .required("totals", .totals),
        .required("shipments", .array(of: shipment, example: [])), .required("history", history),
        .optional("payout", payout), .required("version", .version), .required("created_at", .timestamp),
    ]

    private static let sellerOrder = Schema.object(sellerOrderMembers, isClosed: true).named("SellerOrder")

    private static let shipmentMembers: [Schema.Property] = [
        .required("id", .id(ShipmentID.self)),
        .required("carrier", .string(length: 1...60, example: "dtdc").says("`self`: the seller brings it.")),
        .optional("tracking_number", .string(length: 1...60, example: "D1002003001")),
        .optional(
            "tracking_url", .string(length: 1...500, format: "uri", example: "https://track.example/D1002003001")),
        .optional("eway_bill", .string(length: 1...20, example: "331001234567")),
        .required(
            "lines",
            .array(
                of: .object(
                    [.required("line_id", .id(OrderLineID.self)), .required("quantity", .quantity)], isClosed: true))),
        .required(
            "status",
            .choice(["shipped", "out_for_delivery", "delivered", "delivery_failed", "rto", "rto_received"])),
        .required("shipped_at", .timestamp), .optional("delivered_at", .timestamp),
        .required(
            "events",
            .array(
                of: .object(
                    [
                        .required("at", .timestamp), .required("code", .string(example: "shipped")),
                        .optional("text", .string(example: "Left the depot.")),
                        .optional("location", .string(example: "Bengaluru")),
                    ], isClosed: true))),
    ]

    /// A parcel.
    static let shipment = Schema.object(shipmentMembers, isClosed: true).named("Shipment")

    /// A parcel that says which part of the order is in it.
    static let trackedShipment = Schema.object(
        [.required("seller_order_id", .id(SellerOrderID.self))] + shipmentMembers, isClosed: true
    ).named("TrackedShipment")

    private static let addresses: [Schema.Property] = [
        .required("shipping_address", .address), .required("billing_address", .address),
        .optional("company_id", .id(CompanyID.self)), .optional("po_number", .string(example: "PO-2026-118")),
    ]

    /// An order in full.
    static let order = Schema.object(orderMembers, isClosed: true).named("Order")

    static var orderMembers: [Schema.Property] {
        var members = head
        members += [
            .required("currency", .currency), .required("totals", .totals),
            .required("seller_orders", .array(of: sellerOrder)),
        ]
        members += addresses
        members += [
            .optional("customer_note", .string(length: 0...2_000, example: "Ring the bell twice.")),
            .required("payments", .array(of: .payment, example: []).says("Attempts to pay it, newest first.")),
        ]
        members += next
        members += [
            .required("history", history), .required("created_at", .timestamp), .required("version", .version),
        ]
        return members
    }

    /// An order in a list.
    static let summary = Schema.object(summaryMembers, isClosed: true).named("OrderSummary")

    static var summaryMembers: [Schema.Property] {
        let part = Schema.object(
            [
                .required("id", .id(SellerOrderID.self)), .required("number", partNumber),
                .required("order_id", .id(OrderID.self)), .required("seller", Schema.sellerName),
                .required("status", .choice(of: SellerOrderStatus.self, example: .pendingPayment)),
                .optional("accept_by", .timestamp), .required("totals", .totals), .required("version", .version),
                .required("created_at", .timestamp),
            ], isClosed: true)
        var members = head
        members += [
            .required("currency", .currency), .required("totals", .totals),
            .required("seller_orders", .array(of: part)),
        ]
        members += addresses
        members += [
            .required("line_count", .integer(1...Int.max, example: 1)),
            .required(
                "thumbnail_url",
                Schema.string(example: "https://img.mve.test/walnut-160.webp").orNull.says(
                    "Of the first line's product.")),
            .required("payments", .array(of: .payment, example: []).says("Attempts to pay it, newest first.")),
        ]
        members += next
        members += [.required("created_at", .timestamp), .required("version", .version)]
        return members
    }
}
