// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension CreateImport {
    static let description = RouteDescription(
        tag: .imports, summary: "Send a table of products, stock or prices",
        text: """
            CSV (RFC 4180, UTF-8, its first line names the columns) or JSON Lines with the same names. `stock`: `sku`, `quantity` \
            (units on hand). `prices`: `sku`, `price_amount`, `compare_at_amount` (minor units; without a value: none; without the \
            column: as it is), `currency` (refused where it is not the variant's). `products`: a row is a variant, found by its \
            `sku` or made; its product is found by `product_id` or `product` (your own name of it, kept with the product that the \
            first such row makes, or its address), without both by the `sku`. `title`, `description`, `category` (slug or id), \
            `brand`, `hsn_code`, `gst_rate_bps`, `attributes`, `images` (ids or `sha256` of uploaded ones), `return_days`, \
            `returnable` are said of the product, and of rows without a `title` where there is that column they are overlooked: one \
            row of a product is enough. `options`, `price_amount`, `compare_at_amount`, `currency`, `tiers` \
            (`[{"min_quantity":10,"price_amount":900}]`), `min_quantity`, `max_quantity`, `step`, `weight_g`, `barcode`, `is_default`, \
            `archived` and `quantity` (units that a new variant begins with) are said of the variant. `attributes`, `options` and \
            `tiers` are JSON, `attributes` an object of texts, numbers and booleans. Without a value `description`, `brand`, `compare_at_amount`, `max_quantity` and `barcode` are taken away, \
            everything else stays. Values of `options` are added to the product's. The rules are those of the requests that make and \
            change products: of an approved product a revision is opened; `submit` (`true`) hands a draft in. Rows of one product that \
            stand together are one change. Other columns are overlooked, so that an export can be sent back. Each row is applied \
            or refused by itself; the file is worked off afterwards, also across restarts, and no row is applied twice. With \
            `dry_run` everything is checked and nothing is kept.
            """,
        body: .multipart(
            .object([
                .required(
                    "file", Schema.string(format: "binary", example: "sku,quantity").says("The table, at most 256 MiB.")
                ),
                .required("kind", ImportSchema.kind),
                .optional("format", ImportSchema.format.says("Where the name of the file does not say it.")),
                .optional("dry_run", .choice(["true", "false"])),
            ])),
        answers: [.json(.accepted, "It was taken in.", ImportSchema.taken)],
        problems: [.sellerNotActive, .validationFailed, .payloadTooLarge, .unsupportedMediaType])
}
