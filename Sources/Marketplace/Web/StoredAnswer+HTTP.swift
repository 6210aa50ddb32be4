// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore

extension StoredAnswer {
    /// The fields that are kept beside Content-Type; what is made afresh for every answer is not among them.
    private static let keptNames: Set<String> = [
        "content-language", "location", "etag", "last-modified", "link", "x-cart-token", "x-ignored-fields",
    ]

    /// Takes from an answer what is replayed later.
    ///
    /// - Parameters:
    ///   - request: whose answer it is; what was ignored of it belongs to the answer and is added only when that is sent.
    ///   - keepsCookies: true on the routes of authentication alone, whose replay is useless without them.
    public init(_ response: HTTPResponse, to request: RequestContext, keepsCookies: Bool = false) {
        var response = response
        if let ignored = request.ignoredFieldsHeader(besides: response) { response.headers.append(ignored) }
        self.init(response, keepsCookies: keepsCookies)
    }

    /// Takes from an answer what is replayed later.
    init(_ response: HTTPResponse, keepsCookies: Bool = false) {
        var fields: [Field] = []
        if !response.body.isEmpty { fields.append(Field(name: "content-type", value: response.contentType.text)) }
        for header in response.headers {
            let name = header.name.lowercased()
            if Self.keptNames.contains(name) || (keepsCookies && name == "set-cookie") {
                fields.append(Field(name: name, value: header.value))
            }
        }
        self.init(status: response.status.code, fields: fields, body: response.body)
    }
}

extension HTTPResponse {
    /// A stored answer as it is sent.
    ///
    /// - Parameter isReplay: whether it answers a repeated request, which is marked by `Idempotent-Replayed: true`.
    public init(_ answer: StoredAnswer, isReplay: Bool) {
        var contentType = HTTPContentType.json
        var headers: [HTTPHeader] = []
        for field in answer.fields {
            if field.name == "content-type" {
                contentType = HTTPContentType(text: field.value)
            } else {
                headers.append(HTTPHeader(field.name, field.value))
            }
        }
        if isReplay { headers.append(HTTPHeader("Idempotent-Replayed", "true")) }
        // The row's CHECK allows 200…499; a foreign number must not end the process.
        let status = (200...599).contains(answer.status) ? answer.status : 500
        self.init(HTTPStatus(status), contentType: contentType, headers: headers, body: answer.body)
    }
}

extension HTTPContentType {
    fileprivate var text: String {
        switch self {
        case .json: "application/json"
        case .problem: "application/problem+json"
        case .text: "text/plain; charset=utf-8"
        case .html: "text/html; charset=utf-8"
        case .bytes: "application/octet-stream"
        case .other(let text): text
        }
    }

    fileprivate init(text: String) {
        let known: [HTTPContentType] = [.json, .problem, .text, .html, .bytes]
        self = known.first { $0.text.utf8.elementsEqual(text.utf8) } ?? .other(text)
    }
}
