// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension CreateImport {
    static let description = RouteDescription(
        tag: .imports, summary: "Send a table of stock or prices",
        text: """
            CSV (RFC 4180, UTF-8, its first line names the columns) or JSON Lines with the same names. `stock`: `sku`, `quantity` \
            (units on hand). `prices`: `sku`, `price_amount`, `compare_at_amount` (minor units; without a value: none; without the \
            column: as it is), `currency` (refused where it is not the variant's). Other columns are overlooked, so that an \
            export can be sent back. Each row is applied or refused by itself; the file is worked off afterwards, \
            also across restarts, and no row is applied twice. With `dry_run` everything is checked and nothing is kept.
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
