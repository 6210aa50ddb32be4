// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension DownloadImportFaults {
    static let description = RouteDescription(
        tag: .imports, summary: "The errors of an import",
        text: "As CSV with `line`, `column`, `code` and `message`; at most 10,000.",
        parameters: [ImportSchema.importID],
        answers: [
            RouteAnswer(
                .ok, "The errors.",
                contents: [(TableFormat.csv.mediaType, .string(example: "line,column,code,message"))])
        ], problems: [.notFound, .validationFailed])
}
