// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The shapes of imports and exports.
enum ImportSchema {
    static let kind = Schema.choice(of: TableKind.self, example: .stock)
    static let format = Schema.choice(of: TableFormat.self, example: .csv)
    private static let count = Schema.integer(0...Int.max, example: 4_812)

    private static let head: [Schema.Property] = [
        .required("id", .id(ImportID.self)), .required("kind", kind), .required("format", format),
        .required("dry_run", .boolean(example: false)),
        .required("status", .choice(of: TableState.self, example: .running)),
        .required(
            "progress", .object([.required("bytes_done", count), .required("bytes_total", count)], isClosed: true)),
        .required("rows", .object([.required("ok", count), .required("failed", count)], isClosed: true)),
        .optional(
            "failure",
            .object(
                [
                    .required("code", .choice(["header-invalid", "file-lost", "seller-not-active", "internal"])),
                    .required("message", .string(example: "The column sku is missing.")),
                ], isClosed: true
            ).says("Why it ended before its end.")),
    ]

    private static let tail: [Schema.Property] = [
        .required("created_at", .timestamp), .optional("finished_at", .timestamp),
        .required("expires_at", Schema.timestamp.says("Then it is gone, with its table or its errors.")),
    ]

    /// As it was taken in.
    static let taken = Schema.object(head + tail, isClosed: true).named("Import")

    /// With the first of its errors.
    static let status = Schema.object(
        head + [
            .required(
                "errors",
                .array(
                    of: .object(
                        [
                            .required(
                                "line", Schema.integer(1...Int.max, example: 17).says("As an editor numbers it.")),
                            .optional("column", .string(example: "quantity")),
                            .required("code", .string(example: "below-reserved")),
                            .required("message", .string(example: "orders hold 3")),
                        ], isClosed: true), count: 0...TableImport.faultsShown)),
            .optional("errors_url", .string(example: "/api/imports/errors/?id=imp_01jd3k5v8x9ya")),
        ] + tail, isClosed: true
    ).named("ImportStatus")

    static let export = Schema.object(
        [
            .required("id", .id(ExportID.self)), .required("kind", kind), .required("format", format),
            .required("status", .choice(of: TableState.self, example: .done)), .required("rows", count),
            .optional("download_url", .string(example: "/api/exports/download/?id=exp_01jd3k5v8x9ya")),
        ] + tail, isClosed: true
    ).named("Export")

    static let importID = RouteParameter.query("id", "The import.", .id(ImportID.self), isRequired: true)
    static let exportID = RouteParameter.query("id", "The export.", .id(ExportID.self), isRequired: true)
}
