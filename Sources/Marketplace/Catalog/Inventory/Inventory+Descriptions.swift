// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The shapes of sellers' stock.
enum InventorySchema {
    private static let units = Schema.integer(0...Int(Int32.max), example: 12)
    static let threshold = Schema.integer(0...1_000_000, example: 5)

    static let level = Schema.object(
        [
            .required("variant_id", .id(VariantID.self)), .required("product_id", .id(ProductID.self)),
            .required("title", .string(example: "Walnut bookshelf speaker")),
            .required("sku", .string(example: "SPK-WAL-01")), .required("on_hand", units),
            .required("reserved", units.says("Promised to orders.")),
            .required("available", units), .required("low_stock_threshold", threshold),
            .required("is_low", .boolean(example: false)),
        ], isClosed: true
    ).named("StockLevel")

    static let movement = Schema.object(
        [
            .required("variant_id", .id(VariantID.self)), .required("delta", .integer(example: -2)),
            .required("on_hand", units.says("What it left.")),
            .required(
                "cause", .choice(["adjust", "set", "pack", "restock", "import", "seed"], example: "adjust")),
            .optional("reason", .string(example: "counted")),
            .required("actor", .string(example: "user:1849")), .optional("order_id", .id(OrderID.self)),
            .required("at", .timestamp),
        ], isClosed: true
    ).named("StockMovement")

    static let item = Schema.object([
        .required("variant_id", .id(VariantID.self)),
        .optional("delta", Schema.integer(-StockChange.unitsMax...StockChange.unitsMax, example: 3).orNull),
        .optional(
            "set_to",
            Schema.integer(0...StockChange.unitsMax, example: 40).orNull.says("Instead of `delta`: what was counted.")
                .example(.null)),
        .required("reason", .string(length: 1...200, example: "delivery 4711")),
        .optional("low_stock_threshold", threshold.orNull),
    ])
}

extension AdjustStock {
    static let description = RouteDescription(
        tag: .inventory, summary: "Change the stock of own variants",
        text: """
            All or nothing. Each item has exactly one of `delta` and `set_to`. What is promised to orders cannot go: 409 `below-reserved`. \
            Each change leaves a movement.
            """,
        body: .json(
            .object([
                .required("items", .array(of: InventorySchema.item, count: 1...StockChange.changesMax))
            ]).named("StockAdjustment")),
        answers: [
            .json(
                .ok, "The levels of the items, in their order.",
                .object([.required("levels", .array(of: InventorySchema.level))], isClosed: true))
        ], problems: [.notFound, .belowReserved, .forbidden])
}

extension ListStock {
    static let description = RouteDescription(
        tag: .inventory, summary: "List the stock of own variants", text: "In the order in which they were made.",
        parameters: RouteParameter.page(sortedBy: "created_at") + [
            .query(
                "low", "Only those of which no more than their threshold can be sold.",
                .choice(["true", "false"], example: "true"))
        ], answers: [.json(.ok, "The page.", .page(of: InventorySchema.level))],
        problems: [.invalidCursor, .validationFailed, .forbidden])

    static let lowDescription = RouteDescription(
        tag: .inventory, summary: "List what runs out",
        text: "Own variants of which no more than their threshold can be sold.",
        parameters: RouteParameter.page(sortedBy: "created_at"),
        answers: [.json(.ok, "The page.", .page(of: InventorySchema.level))],
        problems: [.invalidCursor, .validationFailed, .forbidden])
}

extension ListMovements {
    static let description = RouteDescription(
        tag: .inventory, summary: "List what changed a variant's stock",
        text: "The newest first. What orders hold is no movement: it shows as `reserved`.",
        parameters: RouteParameter.page(sortedBy: "-created_at") + [
            .query("variant_id", "One of the seller's variants.", .id(VariantID.self))
        ],
        answers: [.json(.ok, "The page.", .page(of: InventorySchema.movement))],
        problems: [.notFound, .invalidCursor, .validationFailed, .forbidden])
}
