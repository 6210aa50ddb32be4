// SPDX-License-Identifier: Apache-2.0

/// A request that the server refuses itself: what it cannot read, has no route for, or has no room or time for.
public struct RefusedRequest: Sendable {
    /// Why.
    public let problem: Problem
    /// Names it.
    public let requestID: RequestID
    /// nil where the stream ended before there was a head that can be read.
    private let head: RequestHead?

    init(_ problem: Problem, _ requestID: RequestID, _ head: RequestHead?) {
        self.problem = problem
        self.requestID = requestID
        self.head = head
    }

    /// The method as sent, also one that is not known here; empty where none was read.
    public var method: String {
        guard let head else { return "" }
        let line = head.bytes.drop { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }
        return String(decoding: line.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)
    }

    /// The path as it is routed; empty where none was read.
    public var path: String {
        head?.withPath { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// What follows the question mark, as sent; nil where there is none.
    public var query: String? {
        guard let head, let range = head.queryRange else { return nil }
        return String(decoding: head.bytes[range], as: UTF8.self)
    }

    /// All field lines in the order sent, names as they were spelled.
    public var headerLines: [(name: String, value: String)] { head?.lines ?? [] }

    /// In the language that its sender likes best, where the server has several.
    fileprivate func document(_ languages: ProblemLanguages?) -> HTTPResponse {
        problem.response(requestID: requestID, in: languages?.language(for: head))
    }
}

extension HTTPServerConfiguration {
    /// The answer to a request that the server refuses.
    func answer(toRefused request: RefusedRequest) -> HTTPResponse {
        guard let refusal else { return request.document(problemLanguages) }
        var response = refusal(request)
        // What follows cannot be read, whatever the form of the answer.
        if request.problem.closesConnection { response.closesConnection = true }
        return response
    }
}
