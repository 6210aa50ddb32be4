// SPDX-License-Identifier: Apache-2.0

extension Problem {
    /// The base of every type URI; the code follows.
    public static let typeBase = "https://errors.mve.dev/"

    /// The problem as an answer.
    /// - Parameter requestID: names this occurrence: `instance` is `/requests/<id>`.
    public func response(requestID: RequestID) -> HTTPResponse {
        var response = HTTPResponse(
            kind.status, contentType: .problem, headers: headers, body: document(requestID: requestID))
        response.closesConnection = closesConnection
        return response
    }

    /// The problem document's octets.
    public func document(requestID: RequestID) -> [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.field("type", Self.typeBase + kind.code)
            json.field("title", kind.title)
            json.field("status", kind.status.code)
            json.fieldIfPresent("detail", detail)
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
