// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ListCategories {
    static let description = RouteDescription(
        tag: .catalogue, summary: "Read the tree of categories",
        text: "The whole tree, or what is below one category; empty branches only on demand.",
        parameters: [
            .query("parent_id", "Only what is below this category.", .id(CategoryID.self)),
            .query("depth", "Levels below the parent; all of them unless said.", .integer(depthRange, example: 2)),
            .query(
                "include_empty", "Whether categories without a product are shown.",
                .boolean(example: false).defaults(to: false)),
            .ifNoneMatch,
        ],
        answers: [
            .json(
                .ok, "The tree.", .object([.required("data", .array(of: category))], isClosed: true),
                headers: [.etag, .publicCaching]),
            .empty(.notModified, "The client has it already.", headers: [.etag, .publicCaching]),
        ], problems: [.notFound, .validationFailed])

    private static let category = Schema.object(
        [
            .required("id", .id(CategoryID.self)), .required("slug", .string(length: 1...120, example: "audio")),
            .required("name", .string(length: 1...120, example: "Audio")),
            .optional("parent_id", .id(CategoryID.self)),
            .required(
                "path",
                .array(
                    of: .string(example: "electronics"), count: 1...CategoryTree.depthMax,
                    example: ["electronics", "audio"])),
            .optional("image_url", .string(example: "https://img.mve.test/audio.webp")),
            .required(
                "product_count", .integer(0...Int.max, example: 42).says("Visible products, those below included.")),
            .required("position", .integer(example: 1)), .required("tax_class", .string(example: "standard")),
            .required("children", .array(of: .reference(to: "Category", example: .null), example: [])),
        ], isClosed: true
    ).named("Category")
}
