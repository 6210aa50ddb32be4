// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension CreateExport {
    static let description = RouteDescription(
        tag: .imports, summary: "Ask for a table of one's products, stock or prices",
        text: """
            Of all variants, in the order of their making; of `products` the drafts, too, as they are edited, each described in its \
            first row. Sent back as an import it changes nothing. Written afterwards and kept for a day. While one is being written, \
            asking for the same kind and format gives that one.
            """,
        body: .json(
            .object([
                .required("kind", ImportSchema.kind),
                .optional("format", ImportSchema.format.orNull.defaults(to: "csv")),
            ])), answers: [.json(.accepted, "It will be written.", ImportSchema.export)])
}
