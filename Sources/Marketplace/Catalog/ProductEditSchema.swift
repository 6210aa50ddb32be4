// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The shapes in which products are written.
enum ProductEditSchema {
    private static let price = Schema.object([
        .required("amount", .integer(ProductLimits.price, example: 129_900)),
        .required("currency", .choice(ProductLimits.currencies.map(\.description))),
    ])

    private static let choices = Schema.map(
        of: .string(length: ProductLimits.optionValueLength, example: "walnut"), example: ["colour": "walnut"])

    private static let tiers = Schema.array(
        of: .object([
            .required("min_quantity", .integer(ProductLimits.quantity, example: 10)), .required("price", price),
        ]), count: 0...ProductLimits.tiersMax, example: []
    ).says("Rising in quantity, strictly falling in price.")

    private static let terms: [Schema.Property] = [
        .optional("options", choices.orNull), .optional("compare_at_price", price.orNull.example(.null)),
        .optional("tiers", tiers.orNull), .optional("min_quantity", .integer(ProductLimits.quantity, example: 1)),
        .optional("max_quantity", Schema.integer(ProductLimits.quantity, example: 50).orNull),
        .optional("step", .integer(ProductLimits.quantity, example: 1)),
        .optional(
            "barcode", Schema.string(length: ProductLimits.barcodeLength, example: "8901234567894").orNull),
        .optional("is_default", .boolean(example: true)),
    ]

    private static let sku = Schema.string(length: ProductLimits.skuLength, example: "SPK-1-1")
    private static let grams = Schema.integer(ProductLimits.grams, example: 4_200)
    private static let stock = Schema.integer(ProductLimits.firstStock, example: 40).says("Units to begin with.")

    private static let newVariant = Schema.object(
        [.required("sku", sku), .required("price", price), .required("weight_g", grams), .optional("stock", stock)]
            + terms
    ).named("NewVariant")

    private static let variantEdit = Schema.object(
        [
            .optional("id", Schema.id(VariantID.self).orNull.says("Which; a new one without it.")),
            .optional("sku", sku.orNull), .optional("price", price.orNull), .optional("weight_g", grams.orNull),
            .optional("archived", .boolean(example: false)),
        ] + terms
    ).named("VariantEdit")

    private static let title = Schema.string(length: ProductLimits.titleLength, example: "Walnut bookshelf speaker")
    private static let text = Schema.string(
        length: ProductLimits.descriptionLength, example: "Two-way speaker in a walnut cabinet.")
    private static let hsnCode = Schema.string(pattern: "^([0-9]{4}|[0-9]{6}|[0-9]{8})$", example: "851822")
    private static let gstRate = Schema.integer(0...10_000, example: 1_800).says(
        "One of \(ProductLimits.gstRates.map(String.init).joined(separator: ", ")).")

    private static let attribute = Schema.anyOf([
        .string(length: ProductLimits.attributeLength, example: "walnut"),
        Schema.number(
            Int(ProductLimits.attributeNumber.lowerBound)...Int(ProductLimits.attributeNumber.upperBound),
            example: "7.5"
        ).says("Without an exponent, at most \(ProductLimits.attributeNumberLength) characters."),
        .boolean(example: true),
    ])

    private static let rest: [Schema.Property] = [
        .optional("brand", Schema.string(length: ProductLimits.brandLength, example: "Dhwani").orNull),
        .optional(
            "attributes",
            Schema.map(of: attribute, example: ["material": "walnut", "watts": .int(40), "wireless": .bool(false)])
                .says("Each is kept as the type that it is sent as.").orNull),
        .optional(
            "options",
            Schema.array(
                of: .object([
                    .required("name", .string(length: ProductLimits.optionNameLength, example: "colour")),
                    .required(
                        "values",
                        .array(
                            of: .string(length: ProductLimits.optionValueLength, example: "walnut"),
                            count: ProductLimits.optionValues, isUnique: true)),
                ]), count: 0...ProductLimits.optionsMax
            ).orNull),
        .optional(
            "image_ids",
            Schema.array(of: .id(ImageID.self), count: 0...ProductLimits.imagesMax, isUnique: true, example: []).orNull),
        .optional(
            "return_policy",
            Schema.object([
                .required("days", .integer(ProductLimits.returnDays, example: 7)),
                .required("returnable", .boolean(example: true)),
            ]).orNull),
    ]

    /// The body of a new product.
    static let newProduct = Schema.object(
        [
            .required("title", title), .required("description", text), .required("category_id", .id(CategoryID.self)),
            .required("hsn_code", hsnCode), .required("gst_rate_bps", gstRate),
            .required("variants", .array(of: newVariant, count: ProductLimits.variants)),
        ] + rest
    ).named("NewProduct")

    /// The body of a change.
    static let change = Schema.object(
        [
            .required("id", .id(ProductID.self)),
            .optional("expected_version", Schema.version.orNull.says("Required where `If-Match` is not sent.")),
            .optional("title", title.orNull), .optional("description", text.orNull),
            .optional("category_id", Schema.id(CategoryID.self).orNull), .optional("hsn_code", hsnCode.orNull),
            .optional("gst_rate_bps", gstRate.orNull),
            .optional("variants", Schema.array(of: variantEdit, count: ProductLimits.variants).orNull),
        ] + rest
    ).named("ProductChange")

    /// The body of a move.
    static let reference = Schema.object([
        .required("id", .id(ProductID.self)), .optional("expected_version", Schema.version.orNull),
    ]).named("ProductReference")

    private static let decisionMembers: [Schema.Property] = [
        .required("id", .id(ProductID.self)),
        .optional(
            "revision", Schema.integer(1...Int(Int32.max), example: 2).orNull.says("Refused unless it is the newest.")),
    ]

    private static let note = Schema.string(length: ProductDecision.noteLength, example: "The pictures are too dark.")
    private static let reason = Schema.reasonCode(ProductRefusal.usual)

    /// The body of an approval.
    static let approval = Schema.object(
        decisionMembers + [.optional("note", note.orNull), .optional("reason_code", reason.orNull)]
    ).named("ProductApproval")

    /// The body of a refusal.
    static let refusal = Schema.object(decisionMembers + [.required("reason_code", reason), .required("note", note)])
        .named("ProductRefusal")

    /// The body of an admin's archiving.
    static let removal = Schema.object([
        .required("id", .id(ProductID.self)), .required("reason_code", reason), .required("note", note),
    ]).named("ProductRemoval")

    private static let decision = Schema.object(
        decisionMembers + [
            .required("approved", .boolean(example: true)), .optional("reason_code", reason.orNull),
            .optional("note", note.orNull),
        ]
    ).named("ProductDecision")

    /// The body of one decision or of several.
    static let decisions = Schema.anyOf([
        .object([.required("items", .array(of: decision, count: SetProductApproval.items))]), decision,
    ])

    /// What several decisions answer.
    static let results = Schema.object(
        [
            .required(
                "results",
                .array(
                    of: .object(
                        [
                            .required(
                                "id",
                                Schema.string(length: 0...64, example: "prd_01jd3k5v8x9ya").says("As it was sent.")),
                            .required("ok", .boolean(example: true)),
                            .optional("status", .choice(of: ProductListing.self, example: .active)),
                            .optional("moderation", .choice(of: ProductModeration.self, example: .approved)),
                            .optional("version", .version),
                            .optional(
                                "problem",
                                .object(
                                    [
                                        .required("code", .string(example: "not-found")),
                                        .required("title", .string(example: "Not found")),
                                        .required("status", .integer(400...599, example: 404)),
                                        .optional("detail", .string(example: "")),
                                    ], isClosed: true)),
                        ], isClosed: true)))
        ], isClosed: true
    ).named("ProductDecisionResults")
}
