// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The shapes of categories as admins change them.
private enum CategoryAdminSchema {
    static let slug = Schema.string(length: 1...120, pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", example: "audio")
    static let name = Schema.string(length: 1...120, example: "Audio")
    static let image = Schema.string(length: 1...500, example: "/media/categories/audio.webp")
    static let position = Schema.integer(0...1_000_000, example: 3)
    static let taxClass = Schema.string(length: 1...40, pattern: "^[a-z_]+$", example: "standard")
    static let id = Schema.Property.required("id", .id(CategoryID.self))
    static let parent = Schema.id(CategoryID.self).orNull
    static let version = Schema.Property.optional("expected_version", Schema.version.orNull)

    static let category = Schema.object(
        [
            id, .required("slug", slug), .required("name", name), .optional("parent_id", .id(CategoryID.self)),
            .required(
                "path", .array(of: slug, count: 1...CategoryTree.depthMax).says("From the root, its own slug last.")),
            .optional("image_url", image),
            .required("product_count", .integer(0...Int.max, example: 12).says("Of its own.")),
            .required("position", .integer(example: 3)), .required("tax_class", .string(example: "standard")),
            .required("version", .version),
        ], isClosed: true
    ).named("CategoryDetail")

    static let answer = RouteAnswer.json(.ok, "The category as it is now.", category, headers: [.etag])
}

extension CreateCategory {
    static let description = RouteDescription(
        tag: .catalogue, summary: "Make a category",
        text:
            "At the top, or below another one: \(CategoryTree.depthMax) levels and \(CatalogStore.categoriesMax) categories at most.",
        body: .json(
            .object([
                .required("name", CategoryAdminSchema.name), .required("slug", CategoryAdminSchema.slug),
                .optional("parent_id", CategoryAdminSchema.parent.example(.null)),
                .optional("image_url", CategoryAdminSchema.image.orNull),
                .optional("position", CategoryAdminSchema.position.orNull),
                .optional("tax_class", CategoryAdminSchema.taxClass.orNull),
            ]).named("NewCategory")),
        answers: [.json(.created, "The category.", CategoryAdminSchema.category, headers: [.etag])], problems: [])
}

extension UpdateCategory {
    static let description = RouteDescription(
        tag: .catalogue, summary: "Change a category",
        text:
            "An absent member is left as it is; null clears `image_url`. Another slug changes the paths of all below it.",
        parameters: [.ifMatch],
        body: .json(
            .object([
                CategoryAdminSchema.id, .optional("name", CategoryAdminSchema.name.orNull),
                .optional("slug", CategoryAdminSchema.slug.orNull),
                .optional("image_url", CategoryAdminSchema.image.orNull),
                .optional("position", CategoryAdminSchema.position.orNull),
                .optional("tax_class", CategoryAdminSchema.taxClass.orNull), CategoryAdminSchema.version,
            ]).named("CategoryChange")),
        answers: [CategoryAdminSchema.answer], problems: [.notFound, .versionConflict])
}

extension MoveCategory {
    static let description = RouteDescription(
        tag: .catalogue, summary: "Move a category",
        text: "With all below it, under another parent or, with null, to the top. Never below itself.",
        parameters: [.ifMatch],
        body: .json(
            .object([
                CategoryAdminSchema.id, .required("parent_id", CategoryAdminSchema.parent),
                .optional("position", CategoryAdminSchema.position.orNull), CategoryAdminSchema.version,
            ]).named("CategoryMove")),
        answers: [CategoryAdminSchema.answer], problems: [.notFound, .versionConflict])
}

extension DeleteCategory {
    static let description = RouteDescription(
        tag: .catalogue, summary: "Delete an empty category", text: "409 `illegal-transition` while anything is in it.",
        parameters: [.ifMatch],
        body: .json(.object([CategoryAdminSchema.id, CategoryAdminSchema.version]).named("CategoryReference")),
        answers: [.empty(.noContent, "It is gone.")], problems: [.notFound, .versionConflict, .illegalTransition])
}
