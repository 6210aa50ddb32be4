// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension ReadImport {
    static let description = RouteDescription(
        tag: .imports, summary: "How far an import is",
        text: "With the first of its errors, in the order of their lines.",
        parameters: [ImportSchema.importID], answers: [.json(.ok, "The import.", ImportSchema.status)],
        problems: [.notFound, .validationFailed])
}
