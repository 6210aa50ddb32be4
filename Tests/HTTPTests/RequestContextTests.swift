// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Testing

@testable import HTTP

@Suite struct RequestContextTests {
    /// What a handler made of one request.
    private func handled(
        _ lines: String, body: String = "", _ handler: @escaping @Sendable (RequestContext) throws -> HTTPResponse
    ) async -> HTTPResponse {
        let router = Router([.immediate(.post, "/p/", name: "p", query: nil, handler: handler)])
        return await router.respond(
            to: "POST /p?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\(lines)\r\n\(body)")
    }

    @Test(
        "reads JSON of JSON media types only",
        arguments: [
            ("", 200), ("Content-Type: application/json\r\n", 200), ("Content-Type: APPLICATION/json ;x=y\r\n", 200),
            ("Content-Type: application/merge-patch+json\r\n", 200), ("Content-Type: text/plain\r\n", 415),
            ("Content-Type: application/x-www-form-urlencoded\r\n", 415), ("Content-Type: application/jsonx\r\n", 415),
            ("Content-Type: multipart/form-data; boundary=x\r\n", 415),
        ])
    func mediaTypes(lines: String, status: Int) async {
        let response = await handled(lines, body: "{\"a\":1}") { request in
            .text("\(try request.jsonDocument().root["a"]?.int ?? 0)")
        }
        #expect(response.status.code == status)
        if status == 200 { #expect(response.body == Array("1".utf8)) }
    }

    @Test func malformedJSONIs400AndWrongFieldsAre422() async throws {
        for (body, status, code) in [
            ("{", 400, "malformed-json"), ("", 400, "malformed-json"), ("{}", 422, "validation-failed"),
        ] {
            let response = await handled("", body: body) { request in
                try request.json { body in .text(body.string("a")) }
            }
            #expect(response.status.code == status)
            #expect(try JSONDocument(parsing: response.body).root["code"]?.string == code)
        }
    }

    @Test func findsFieldsWithoutCase() async {
        let response = await handled("X-One: 1\r\nx-one: 2\r\nX-Octets: \u{E9}\r\nEmpty:\r\n") { request in
            #expect(request.header("x-ONE") == "1")
            #expect(request.headers("X-One") == ["1", "2"])
            #expect(request.header("Empty") == "")
            #expect(request.header("X_One") == nil)
            #expect(request.headerBytes("x-octets").map(Array.init) == [0xC3, 0xA9])
            #expect(try request.singleHeader("Host") == "a")
            #expect(try request.singleHeader("None") == nil)
            #expect(request.path == "/p")
            #expect(request.query["x"] == "1")
            #expect(request.clientAddress == "127.0.0.1")
            _ = try request.singleHeader("X-One")
            return .noContent
        }
        // The last look-up throws: a field that may stand once stood twice.
        #expect(response.status == .badRequest)
    }

    @Test func ignoredMembersAreNamedInAFieldThatCannotBeForged() async {
        let body = #"{"a":1,"b\r\nSet-Cookie: x":2,"é,%":3}"#
        let response = await handled("", body: body) { request in
            try request.json { body in .text("\(body.int("a"))") }
        }
        #expect(response.status == .ok)
        #expect(response.header("X-Ignored-Fields") == "/b%0d%0aSet-Cookie:%20x, /%c3%a9%2c%25")
        #expect(ResponseWriter.isSendable(response))
    }

    @Test func whatIsIgnoredIsCut() async {
        let long =
            "{" + (0..<100).map { "\"\(String(repeating: "x", count: 500))\($0)\":1" }.joined(separator: ",") + "}"
        let response = await handled("", body: long) { request in
            try request.json { _ in .noContent }
        }
        #expect((response.header("X-Ignored-Fields")?.utf8.count ?? 0) < 1024 + 3 * 256 + 2)
    }
}
