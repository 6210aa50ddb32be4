// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReadExport {
    static let description = RouteDescription(
        tag: .imports, summary: "How far an export is", text: "Once it is done, with the address of its table.",
        parameters: [ImportSchema.exportID], answers: [.json(.ok, "The export.", ImportSchema.export)],
        problems: [.notFound, .validationFailed])
}

extension DownloadExport {
    static let description = RouteDescription(
        tag: .imports, summary: "The table of an export",
        text:
            "Texts that a spreadsheet would take for formulas have an apostrophe before them, which an import takes off again.",
        parameters: [ImportSchema.exportID],
        answers: [
            RouteAnswer(
                .ok, "The table.",
                contents: TableFormat.allCases.map { ($0.mediaType, .string(example: "sku,title,quantity,reserved")) })
        ], problems: [.notFound, .validationFailed])
}
