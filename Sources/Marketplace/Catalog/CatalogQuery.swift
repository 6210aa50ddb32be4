// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketHTTP

/// Reads the query of the catalogue's requests. Unknown parameters were refused before by the router.
struct CatalogQuery {
    private let query: QueryItems

    init(_ request: RequestContext) {
        query = request.query
    }

    /// The value of a parameter that may stand once.
    ///
    /// - Throws: `Problem` 400 `malformed-request` when it is repeated: two values would mean two different lists.
    func text(_ name: String) throws -> String? {
        try query.single(name)
    }

    /// A parameter that is one of a few words.
    func word(_ name: String, of words: [String]) throws -> String? {
        guard let text = try text(name) else { return nil }
        guard words.contains(text) else {
            throw Self.invalid(name, "one of \(words.joined(separator: ", ")) is expected")
        }
        return text
    }

    /// A parameter that is a comma list of words of an enumeration; each counts once.
    func words<Word: RawRepresentable & CaseIterable & Equatable>(
        _ name: String, of _: Word.Type
    ) throws -> [Word]? where Word.RawValue == String {
        guard let text = try text(name) else { return nil }
        var words: [Word] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let word = Word(rawValue: String(part)) else {
                let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
                throw Self.invalid(name, "a comma list of \(known) is expected")
            }
            if !words.contains(word) { words.append(word) }
        }
        return words
    }

    /// Whether a list is turned round by its `sort`: a key, the other way with a hyphen before it.
    func isTurned(sort key: String, usually: String) throws -> Bool {
        try word("sort", of: [key, "-" + key]).map { $0 != usually } ?? false
    }

    /// A whole number within bounds.
    func number(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = try text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Self.invalid(name, "a number from \(range.lowerBound) to \(range.upperBound) is expected")
        }
        return number
    }

    /// `true` or `false`.
    func flag(_ name: String) throws -> Bool? {
        try word(name, of: ["true", "false"]).map { $0 == "true" }
    }

    /// 422 `validation-failed` for one parameter.
    static func invalid(_ name: String, _ message: String) -> Problem {
        Problem(
            .validationFailed, errors: [.init(pointer: "/" + name, code: "invalid-parameter", message: message)])
    }
}

/// How long clients and shared caches may keep the catalogue's answers.
enum CatalogCaching {
    /// As the API's contract has it.
    static let control = HTTPHeader("Cache-Control", "public, max-age=30, stale-while-revalidate=60")
    /// Who buys for a company may see other prices; the coding is named here because the server would add a line for it.
    static let vary = HTTPHeader("Vary", "Accept-Encoding, Authorization")

    /// The answer, or 304 without a body when the client has it already.
    static func response(_ body: [UInt8], tag: EntityTag, to request: RequestContext) -> HTTPResponse {
        let headers = [tag.header, control]
        if tag.isNamed(byIfNoneMatch: request.header("If-None-Match")) {
            return HTTPResponse(.notModified, headers: headers)
        }
        return HTTPResponse(.ok, headers: headers, body: body)
    }
}
