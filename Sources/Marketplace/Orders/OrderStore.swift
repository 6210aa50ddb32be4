// SPDX-License-Identifier: Apache-2.0
public import Actors
public import MarketCore
import MarketHTTP
public import Postgres

/// Orders in PostgreSQL. Whatever moves stock goes through the batch functions of schema `checkout`.
public struct OrderStore: OrderJournal {
    let postgres: @Sendable () -> any PostgresClient
    let writer: @Sendable () -> any PostgresClient

    /// Makes a store.
    ///
    /// - Parameters:
    ///   - postgres: reads, on the calling loop.
    ///   - writer: the connections of the batches, two a process.
    public init(
        postgres: @escaping @Sendable () -> any PostgresClient, writer: @escaping @Sendable () -> any PostgresClient
    ) {
        self.postgres = postgres
        self.writer = writer
    }

    public func keys(_ digests: [Hash32]) async throws(JournalError) -> [Hash32: KeyState] {
        try await KeyStore(pool: postgres).keys(digests)
    }

    public func place(_ orders: [PlaceOrder], lockingScarce: Bool) async throws(JournalError) -> PlacedBatch {
        do {
            let rows = try await writer().query(
                """
                select kind, idx, code, a, b, c, d, e, bytes1, bytes2, bytes3 from checkout.place_v1(
                  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                  $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41,
                  $42, $43, $44, $45, $46, $47, $48, $49, $50)
                """, with: PlaceParameters(orders).encoded(lockingScarce: lockingScarce))
            return try PlaceRows(rows, orders: orders).batch
        } catch {
            throw JournalError(error)
        }
    }
}

/// The arrays of `checkout.place_v1`, column by column.
struct PlaceParameters {
    private let orders: [PlaceOrder]
    private let sellerOrders: [(order: Int, record: SellerOrderRecord)]
    private let lines: [Line]

    private struct Line {
        let order: Int
        let sellerOrder: Int
        let number: Int
        let record: OrderLineRecord
        let seller: SellerID
    }

    init(_ orders: [PlaceOrder]) {
        self.orders = orders
        var sellerOrders: [(order: Int, record: SellerOrderRecord)] = []
        var lines: [Line] = []
        for (index, order) in orders.enumerated() {
            let first = sellerOrders.count
            for record in order.order.sellerOrders { sellerOrders.append((index + 1, record)) }
            for (number, line) in order.order.lines.enumerated() {
                lines.append(
                    Line(
                        order: index + 1, sellerOrder: first + line.sellerOrder + 1, number: number + 1, record: line,
                        seller: order.order.sellerOrders[line.sellerOrder].seller))
            }
        }
        self.sellerOrders = sellerOrders
        self.lines = lines
    }

    func encoded(lockingScarce: Bool) -> PostgresParameters {
        var parameters = PostgresParameters()
        parameters.reserve(parameters: 50, bytes: 4096 + orders.count * 1024 + lines.count * 320)
        appendKeys(to: &parameters)
        appendOrders(to: &parameters)
        appendSellerOrders(to: &parameters)
        appendLines(to: &parameters)
        parameters.append(lockingScarce)
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
        parameters.appendArray(orders) { String(decoding: $0.order.shippingAddress, as: UTF8.self) }
        parameters.appendArray(orders) { String(decoding: $0.order.billingAddress, as: UTF8.self) }
        parameters.appendOptionalArray(orders) { $0.order.customerNote }
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
        parameters.appendArray(lines) { Int32(clamping: $0.order) }
        parameters.appendArray(lines) { Int32(clamping: $0.sellerOrder) }
        parameters.appendArray(lines) { Int16(clamping: $0.number) }
        parameters.appendArray(lines) { $0.record.id.rawValue }
        parameters.appendArray(lines) { $0.record.product.rawValue }
        parameters.appendArray(lines) { $0.record.variant.rawValue }
        parameters.appendArray(lines) { $0.record.offerVersion }
        parameters.appendArray(lines) { Int32(clamping: $0.record.quantity) }
        parameters.appendArray(lines) { $0.record.unitPrice }
        parameters.appendArray(lines) { $0.record.discount }
        parameters.appendArray(lines) { $0.record.tax.taxable }
        parameters.appendArray(lines) { $0.record.taxRate.rawValue }
        parameters.appendArray(lines) { $0.record.tax.cgst }
        parameters.appendArray(lines) { $0.record.tax.sgst }
        parameters.appendArray(lines) { $0.record.tax.igst }
        parameters.appendArray(lines) { $0.record.total }
        parameters.appendArray(lines) { $0.record.sku }
        parameters.appendArray(lines) { $0.record.title }
        parameters.appendArray(lines) { String(decoding: $0.record.options, as: UTF8.self) }
        parameters.appendArray(lines) { $0.record.hsnCode }
    }
}

/// The result rows of `checkout.place_v1`: outcomes (kind 0), bad lines (kind 1), stock rows (kind 2).
struct PlaceRows {
    let batch: PlacedBatch

    init(_ rows: PostgresRows, orders: [PlaceOrder]) throws {
        var outcomes = [PlaceOutcome?](repeating: nil, count: orders.count)
        var refusals: [Int: [LineRefusal]] = [:]
        var stock: [StockRow] = []
        for row in rows {
            switch try row.int16(0) {
            case 1: refusals[try row.int(1), default: []].append(try Self.refusal(row))
            case 2: stock.append(try Self.stock(row))
            default: break
            }
        }
        for row in rows where try row.int16(0) == 0 {
            let index = try row.int(1)
            guard orders.indices.contains(index - 1) else { throw JournalError.fault("place_v1 answers for no order") }
            outcomes[index - 1] = try Self.outcome(row, refusals[index] ?? [])
        }
        batch = PlacedBatch(
            outcomes: try outcomes.map {
                guard let outcome = $0 else { throw JournalError.fault("place_v1 left an order without an outcome") }
                return outcome
            }, stock: stock)
    }

    private static func outcome(_ row: PostgresRow, _ refusals: [LineRefusal]) throws -> PlaceOutcome {
        let code = try row.int16(2)
        switch code {
        case 0: return .placed
        case 1: return .busy
        case 2:
            guard let fingerprint = Hash32(try row.bytes(8)), let answer = try answer(row) else {
                throw JournalError.fault("a key row cannot be read")
            }
            return .known(fingerprint: fingerprint, answer: answer)
        case 3:
            return .sameCartOrder(OrderID(rawValue: try row.int64(3)), try row.int64(4) == 0 ? nil : try answer(row))
        case 4: return .cartMoved
        case 5...7: return .refused(refusals)
        // Deadline and totals are made by us: a wrong one is our mistake, found by the function's own check.
        default: throw JournalError.data("place_v1 refuses an order's own figures (code \(code))")
        }
    }

    private static func answer(_ row: PostgresRow) throws -> StoredAnswer? {
        StoredAnswer(
            status: try row.int(4), fieldBytes: try row.bytesOrNil(9) ?? [], body: try row.bytesOrNil(10) ?? [])
    }

    private static func refusal(_ row: PostgresRow) throws -> LineRefusal {
        let reason: LineRefusal.Reason =
            switch try row.int16(2) {
            case 6: .priceChanged
            case 7: .sellerUnavailable
            default: .insufficientStock
            }
        return LineRefusal(
            variant: VariantID(rawValue: try row.int64(3)), reason: reason, requested: try row.int(6),
            available: max(0, try row.int(4)))
    }

    static func stock(_ row: PostgresRow) throws -> StockRow {
        // A variant that has no row has nothing to sell, whatever version is asked for.
        let isMissing = try row.int16(2) == 2
        return StockRow(
            variant: VariantID(rawValue: try row.int64(3)), onHand: try row.int(4), reserved: try row.int(5),
            version: try row.int64(6), offerVersion: isMissing ? .max : try row.int64(7),
            sellable: try row.int16(2) == 1)
    }
}
