// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import MarketHTTP
import Postgres

/// The arrays of `checkout.place_v5`, column by column.
struct PlaceParameters {
    private let orders: [PlaceOrder]
    private let sellerOrders: [(order: Int, record: SellerOrderRecord)]
    private let lines: [Line]

    /// Where a line stands: each column reads its field there, since a copy of the record would retain all its texts.
    private struct Line {
        let order: Int
        let sellerOrder: Int
        let number: Int
    }

    init(_ orders: [PlaceOrder]) {
        self.orders = orders
        var sellerOrders: [(order: Int, record: SellerOrderRecord)] = []
        var lines: [Line] = []
        for (index, order) in orders.enumerated() {
            let first = sellerOrders.count
            for record in order.order.sellerOrders { sellerOrders.append((index + 1, record)) }
            for (number, line) in order.order.lines.enumerated() {
                lines.append(Line(order: index, sellerOrder: first + line.sellerOrder, number: number))
            }
        }
        self.sellerOrders = sellerOrders
        self.lines = lines
    }

    func encoded(_ check: StockCheck) -> PostgresParameters {
        var parameters = PostgresParameters()
        let answers = orders.reduce(0) { $0 + $1.answer.byteCount }
        parameters.reserve(parameters: 56, bytes: 4096 + answers + orders.count * 1024 + lines.count * 320)
        appendKeys(to: &parameters)
        appendOrders(to: &parameters)
        appendSellerOrders(to: &parameters)
        appendLines(to: &parameters)
        parameters.append(check != .atUpdate)
        parameters.append(check == .locking)
        return parameters
    }

    private func appendKeys(to parameters: inout PostgresParameters) {
        parameters.appendArray(orders) { $0.claim.digest.bytes }
        parameters.appendArray(orders) { $0.claim.fingerprint.bytes }
        parameters.appendArray(orders) { Int32(clamping: $0.claim.retention.components.seconds) }
        parameters.appendArray(orders) { Int16(clamping: $0.answer.status) }
        parameters.appendArray(orders) { $0.answer.fieldBytes }
        parameters.appendArray(orders) { $0.answer.body }
    }

    private func appendOrders(to parameters: inout PostgresParameters) {
        parameters.appendArray(orders) { $0.order.id.rawValue }
        parameters.appendArray(orders) { $0.order.user.rawValue }
        parameters.appendArray(orders) { $0.order.cart.rawValue }
        parameters.appendArray(orders) { $0.order.cartVersion }
        parameters.appendArray(orders) { $0.order.currency.description }
        parameters.appendArray(orders) { $0.order.subtotal }
        parameters.appendArray(orders) { $0.order.discount }
        parameters.appendArray(orders) { $0.order.shipping }
        parameters.appendArray(orders) { $0.order.tax }
        parameters.appendArray(orders) { $0.order.total }
        parameters.appendArray(orders) { $0.order.paymentMethod }
        parameters.appendArray(orders) { $0.order.reservedUntil.milliseconds }
        parameters.appendArray(orders) { PostgresUTF8($0.order.shippingAddress) }
        parameters.appendArray(orders) { PostgresUTF8($0.order.billingAddress) }
        parameters.appendOptionalArray(orders) { $0.order.customerNote }
        parameters.appendOptionalArray(orders) { $0.order.company?.rawValue }
        parameters.appendOptionalArray(orders) { $0.order.purchaseOrder }
    }

    private func appendSellerOrders(to parameters: inout PostgresParameters) {
        parameters.appendArray(sellerOrders) { Int32(clamping: $0.order) }
        parameters.appendArray(sellerOrders) { $0.record.id.rawValue }
        parameters.appendArray(sellerOrders) { $0.record.seller.rawValue }
        parameters.appendArray(sellerOrders) { $0.record.subtotal }
        parameters.appendArray(sellerOrders) { $0.record.discount }
        parameters.appendArray(sellerOrders) { $0.record.shipping }
        parameters.appendArray(sellerOrders) { $0.record.tax }
        parameters.appendArray(sellerOrders) { $0.record.total }
    }

    private func appendLines(to parameters: inout PostgresParameters) {
        parameters.appendArray(lines) { Int32(clamping: $0.order + 1) }
        parameters.appendArray(lines) { Int32(clamping: $0.sellerOrder + 1) }
        parameters.appendArray(lines) { Int16(clamping: $0.number + 1) }
        parameters.appendArray(lines) { orders[$0.order].order.lines[$0.number].id.rawValue }
        parameters.appendArray(lines) { orders[$0.order].order.lines[$0.number].product.rawValue }
        parameters.appendArray(lines) { orders[$0.order].order.lines[$0.number].variant.rawValue }
        parameters.appendArray(lines) { orders[$0.order].order.lines[$0.number].offerVersion }
        parameters.appendArray(lines) { Int32(clamping: orders[$0.order].order.lines[$0.number].quantity) }
        parameters.appendArray(lines) { orders[$0.order].order.lines[$0.number].unitPrice }
        parameters.appendArray(lines) { orders[$0.order].order.lines[$0.number].discount }
        parameters.appendArray(lines) { orders[$0.order].order.lines[$0.number].tax.taxable }
        parameters.appendArray(lines) { orders[$0.order].order.lines[$0.number].taxRate.rawValue }
        parameters.appendArray(lines) { orders[$0.order].order.lines[$0.number].tax.cgst }
        parameters.appendArray(lines) { orders[$0.order].order.lines[$0.number].tax.sgst }
        parameters.appendArray(lines) { orders[$0.order].order.lines[$0.number].tax.igst }
        parameters.appendArray(lines) { orders[$0.order].order.lines[$0.number].total }
        parameters.appendArray(lines) { orders[$0.order].order.lines[$0.number].sku }
        parameters.appendArray(lines) { orders[$0.order].order.lines[$0.number].title }
        parameters.appendArray(lines) { PostgresUTF8(orders[$0.order].order.lines[$0.number].options) }
        parameters.appendArray(lines) { orders[$0.order].order.lines[$0.number].hsnCode }
        parameters.appendOptionalArray(lines) { orders[$0.order].order.lines[$0.number].commission?.rule.rawValue }
        parameters.appendOptionalArray(lines) { orders[$0.order].order.lines[$0.number].commission?.rate.rawValue }
        parameters.appendArray(lines) { PostgresUTF8(orders[$0.order].order.lines[$0.number].priced) }
    }
}
