// SPDX-License-Identifier: Apache-2.0
public import HTTP

extension ProblemLanguages {
    /// The languages of the shop: English, in which its problems are written, and Hindi.
    public static let shop = ProblemLanguages(own: "en", others: [HindiProblems.language])
}

extension Problem {
    /// The problem as the shop's answer to a request, where it has to be made before the server would: to be kept under a key,
    /// and so in the language of whoever asked first.
    public func response(to request: RequestContext) -> HTTPResponse {
        response(to: request, in: .shop)
    }
}
