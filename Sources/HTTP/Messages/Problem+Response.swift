// SPDX-License-Identifier: Apache-2.0

extension Problem {
    /// The base of every type URI; the code follows.
    public static let typeBase = "https://errors.mve.dev/"

    /// The problem as an answer.
    /// - Parameters:
    ///   - requestID: names this occurrence: `instance` is `/requests/<id>`.
    ///   - language: what its texts are told in, and its Content-Language; nil: as it is written, without saying in what.
    public func response(requestID: RequestID, in language: ProblemLanguage? = nil) -> HTTPResponse {
        var response = HTTPResponse(
            kind.status, contentType: .problem, headers: headers, body: document(requestID: requestID, in: language))
        if let language { response.headers.append(HTTPHeader("Content-Language", language.tag)) }
        response.closesConnection = closesConnection
        return response
    }

    /// The problem document's octets.
    public func document(requestID: RequestID, in language: ProblemLanguage? = nil) -> [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.field("type", Self.typeBase + kind.code)
            json.field("title", language?.titles[kind.code] ?? kind.title)
            json.field("status", kind.status.code)
            json.fieldIfPresent("detail", detail.map { language?.details[$0] ?? $0 })
            json.field("instance", "/requests/" + requestID.description)
            json.field("code", kind.code)
            if !errors.isEmpty {
                json.array("errors") { json in
                    for item in errors { item.write(to: &json) }
                }
            }
            for (name, value) in members {
                json.key(dynamic: name)
                value.write(to: &json)
            }
        }
        return json.bytes
    }
}

extension Problem.Item: JSONWritable {
    /// Writes the item as an object.
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.fieldIfPresent("pointer", pointer)
            json.field("code", code)
            json.field("message", message)
            for (name, value) in members {
                json.key(dynamic: name)
                value.write(to: &json)
            }
        }
    }
}

extension Problem.Value: JSONWritable {
    /// Writes the value.
    public func write(to json: inout JSONWriter) {
        switch self {
        case .string(let text): json.value(text)
        case .int(let number): json.value(number)
        case .bool(let flag): json.value(flag)
        case .strings(let texts): json.value(texts)
        case .raw(let octets): json.raw(octets)
        case .null: json.null()
        }
    }
}

extension JSONError {
    /// The error as a 400 `malformed-json`.
    public var problem: Problem { Problem(.malformedJSON, detail: "The body is not valid JSON: \(description).") }
}
