// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListPriceLists {
    static let description = RouteDescription(
        tag: .companies, summary: "List a seller's price lists", text: "Without their entries, the newest first.",
        parameters: RouteParameter.page(sortedBy: "-created_at"),
        answers: [.json(.ok, "The page.", .page(of: PriceListSchema.summary))],
        problems: [.invalidCursor, .validationFailed, .forbidden])
}

extension ReadPriceList {
    static let description = RouteDescription(
        tag: .companies, summary: "Read a price list", text: "With its entries and the companies that it is for.",
        parameters: [.query("id", "Its id.", .id(PriceListID.self))], answers: [PriceListSchema.answer],
        problems: [.notFound, .validationFailed, .forbidden])
}

extension SavePriceList {
    static let creation = RouteDescription(
        tag: .companies, summary: "Make a price list",
        text: """
            Prices of the seller's own variants for companies, which `assign` names. Where several lists of a seller have a variant, the \
            newest list counts. A list begins and ends within a second of its times.
            """,
        body: .json(
            .object([
                .required("name", PriceListSchema.name), .required("currency", .currency),
                .optional("starts", PriceListSchema.time.orNull), .optional("ends", PriceListSchema.time.orNull),
                .required("entries", PriceListSchema.newEntries),
            ]).named("NewPriceList")),
        answers: [.json(.created, "The list, for nobody yet.", PriceListSchema.list, headers: [.etag])],
        problems: [.notFound, .forbidden, .sellerNotActive])

    static let change = RouteDescription(
        tag: .companies, summary: "Change a price list",
        text: "An absent member is left as it is; null clears `starts` and `ends`. `entries` are all of them.",
        parameters: [.ifMatch],
        body: .json(
            .object([
                .required("id", .id(PriceListID.self)), .optional("name", PriceListSchema.name.orNull),
                .optional("starts", PriceListSchema.time.orNull), .optional("ends", PriceListSchema.time.orNull),
                .optional("entries", PriceListSchema.newEntries.orNull),
                .optional("expected_version", Schema.version.orNull),
            ]).named("PriceListChange")),
        answers: [PriceListSchema.answer], problems: [.notFound, .versionConflict, .forbidden, .sellerNotActive])
}

extension AssignPriceList {
    static let description = RouteDescription(
        tag: .companies, summary: "Say which companies a price list is for",
        text: "All of them; none ends it for everybody.", parameters: [.ifMatch],
        body: .json(
            .object([
                .required("id", .id(PriceListID.self)), .required("company_ids", PriceListSchema.companies),
                .optional("expected_version", Schema.version.orNull),
            ]).named("PriceListAssignment")),
        answers: [PriceListSchema.answer], problems: [.notFound, .versionConflict, .forbidden, .sellerNotActive])
}
