// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension SearchProducts {
    static let description = RouteDescription(
        tag: .catalogue, summary: "Search products",
        text: """
            The products in which all words of `q` occur, in any form of theirs, the last one also as a beginning. Best first: titles \
            weigh most, then brands, attributes and descriptions; of more than \(CatalogStore.rankedMax) products those are \
            ranked whose titles match, then the newest, and `results_are_partial` says that the others were left out. Takes the \
            filters of `/api/products/filter/`. `highlights` are HTML: `<mark>` stands around what \
            matched, everything else is escaped. `did_you_mean` is there where nothing was found and similar words would. \(CompanyShelf.text)
            """,
        parameters: RouteParameter.page + RouteParameter.filter + [
            .query(
                "q", "What is searched.", .string(length: textRange, example: "brass lamp"), isRequired: true),
            .company,
            .query(
                "include", "`count` adds how many were found: at most those that are ranked.", .choice(["count"])),
            .ifNoneMatch,
        ],
        answers: [
            .json(
                .ok, "The page.",
                .page(
                    of: ProductSchema.hit, isCounted: true,
                    with: [
                        .optional("did_you_mean", .string(example: "brass lamp")),
                        .optional("results_are_partial", .boolean(example: true)),
                    ]),
                headers: [.etag, .publicCaching]),
            .empty(.notModified, "The client has this page already.", headers: [.etag, .publicCaching]),
        ], problems: [.invalidCursor, .notFound, .unknownParameter, .validationFailed])
}
