// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension FilterProducts {
    static let description = RouteDescription(
        tag: .catalogue, summary: "Filter products",
        text: """
            A page of the products that are as asked for, with the facets by which they can be narrowed down. Several values of one \
            facet, with commas between them (a backslash before a comma that belongs to a value), are alternatives; facets hold \
            together, those of variants within one variant. `attr.<name>` asks for an attribute, `options.<name>` for what tells \
            variants apart, under any name: `attr.material` and `options.Size` stand here for all of them. A facet's counts ignore \
            what is chosen of it. At most \(FacetLimits.selectionsMax) facets with \(FacetLimits.valuesMax) values each can be \
            chosen; the \(FacetLimits.shownMax) facets of most products are shown with their \(FacetLimits.valuesShownMax) most \
            frequent values, chosen ones always. Counts are of the \(FacetLimits.countedMax) newest products where the filter \
            holds more without its choices, and `facets_are_partial` says so. \(CompanyShelf.text)
            """,
        parameters: RouteParameter.page + RouteParameter.filter + [
            .query(
                "sort", "The order; ties are broken by id.",
                .choice(of: ProductSort.self, example: .newest).defaults(to: .string(ProductSort.newest.rawValue))),
            .company, .count, .ifNoneMatch,
        ],
        answers: [
            .json(
                .ok, "The page and the facets.",
                .page(
                    of: ProductSchema.card, isCounted: true,
                    with: [
                        .required("facets", .array(of: facet)),
                        .optional("facets_are_partial", .boolean(example: true)),
                    ]), headers: [.etag, .publicCaching]),
            .empty(.notModified, "The client has this page already.", headers: [.etag, .publicCaching]),
        ], problems: [.invalidCursor, .notFound, .unknownParameter, .validationFailed])

    private static let facet = Schema.object(
        [
            .required("name", .string(example: "attr.material")),
            .required(
                "values",
                .array(
                    of: .object(
                        [
                            .required("value", .string(example: "Cotton")),
                            .required("count", .integer(0...Int.max, example: 17)),
                        ], isClosed: true))),
        ], isClosed: true
    ).named("Facet")
}

extension RouteParameter {
    /// Whether the page says how many there are.
    static let count = query("include", "`count` adds how many there are, exact up to 10,000.", .choice(["count"]))

    /// What products are filtered by.
    static let filter: [RouteParameter] = [
        .query("category_id", "Of this category and those below it.", .id(CategoryID.self)),
        .query("seller_id", "Of this seller.", .id(SellerID.self)),
        .query("brand", "Of one of these brands.", .string(example: "Deccanic")),
        .query("price_min", "With a variant that costs as much, in minor units.", price(10_000)),
        .query("price_max", "With a variant that costs no more, in minor units.", price(250_000)),
        .query("currency", "With a variant that is sold in it.", .string(pattern: "^[A-Z]{3}$", example: "INR")),
        .query("rating_min", "Rated as well: 0 to 5, up to two decimals.", .number(0...5, example: "4.5")),
        .query("in_stock", "Whether a variant has to have units.", .boolean(example: true).defaults(to: false)),
        .query("attr.material", "With one of these values of the attribute.", .string(example: "Cotton,Linen")),
        .query("options.Size", "With a variant that has one of these values.", .string(example: "M,L")),
    ]

    private static func price(_ example: Int) -> Schema {
        .integer(FilterParameters.priceRange, example: example)
    }
}
