// SPDX-License-Identifier: Apache-2.0
import HTTP
import TestSupport
import Testing

/// An operation as the running server describes it, for tests that ask all of them the same.
struct ServedOperation: Sendable {
    /// As `GET /api/…/`.
    let name: String
    let method: String
    let path: String
    /// The media type of its body; nil where it takes none.
    let reads: String?
    /// `accepted`, `required`, `ignored` or `unsupported`.
    let keys: String
    /// Names of query parameters.
    let query: Set<String>
    /// The order of a list where nobody names one; nil where none is described.
    let order: String?
    /// Whether an answer has no end.
    let streams: Bool

    /// All of them, the one that logs out last: who has asked it is somebody else afterwards.
    static func all(of client: TestClient) async throws -> [ServedOperation] {
        let document = try await client.get("/schema/").json
        var operations: [ServedOperation] = []
        for path in document["paths"]?.members ?? [] {
            for member in path.value.members ?? [] {
                operations.append(ServedOperation(member.name.uppercased(), path.name, member.value, document))
            }
        }
        let last = "POST /api/auth/logout/"
        return operations.filter { $0.name != last } + operations.filter { $0.name == last }
    }

    private init(_ method: String, _ path: String, _ operation: JSONValue, _ document: JSONValue) {
        name = "\(method) \(path)"
        self.method = method
        // A file of any name will do.
        self.path = path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            part.hasPrefix("{") ? "x" : String(part)
        }.joined(separator: "/")
        reads = operation["requestBody"]?["content"]?.members?.first?.name
        keys = operation["x-idempotency-key"]?.string ?? ""
        let parameters = (operation["parameters"]?.elements ?? []).map { Self.resolve($0, document) }
        query = Set(parameters.filter { $0["in"]?.string == "query" }.compactMap { $0["name"]?.string })
        order = parameters.first { $0["name"]?.string == "sort" }?["schema"]?["default"]?.string
        let answers = operation["responses"]?["200"]?["content"]?.members ?? []
        streams = answers.contains { $0.name == "text/event-stream" }
    }

    private static func resolve(_ value: JSONValue, _ document: JSONValue) -> JSONValue {
        guard let path = value["$ref"]?.string?.dropFirst(2).split(separator: "/") else { return value }
        return path.reduce(document) { $0[dynamic: String($1)] ?? $0 }
    }

    /// Asks for nothing in particular, in the form that the operation takes; `more` makes it another request.
    func ask(
        _ token: String?, _ client: TestClient, key: String? = nil, more: String? = nil
    ) async throws -> TestClient.Answer {
        if streams, try opens(token, client) { return TestClient.Answer(status: 200, headers: [], body: []) }
        var (body, headers): (String?, [(name: String, value: String)]) = (nil, [])
        switch reads {
        case nil: break
        case "multipart/form-data":
            let name = more ?? "nothing"
            body = "--b\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\r\n--b--\r\n"
            headers = [("Content-Type", "multipart/form-data; boundary=b")]
        case let type?:
            body = more.map { #"{"\#($0)":null}"# } ?? "{}"
            headers = [("Content-Type", type)]
        }
        return try await client.send(
            method, path, body, token: token, key: key ?? (keys == "required" ? "matrix-0001" : nil), headers: headers)
    }

    /// Whether a stream begins; its end is not awaited.
    private func opens(_ token: String?, _ client: TestClient) throws -> Bool {
        let socket = try RawSocket(port: try #require(UInt16(client.url.split(separator: ":").last ?? "")))
        let authorization = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        try socket.send("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\(authorization)\r\n")
        return try socket.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 ")
    }
}
