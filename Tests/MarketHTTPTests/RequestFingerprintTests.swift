// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP
import Testing

@Suite struct RequestFingerprintTests {
    private func value(
        _ body: String, _ contentType: String? = "application/json", path: String = "/api/orders/create/",
        query: String = "", ifMatch: String? = nil
    ) throws -> Hash32 {
        try RequestFingerprint(contentType: contentType, body: Array(body.utf8)).value(
            path: path, query: QueryItems(decoding: Array(query.utf8)), ifMatch: ifMatch)
    }

    @Test("hashes the canonical body", arguments: [#"{"qty":2,"sku":"A-1"}"#, #" { "sku" : "A-1" , "qty" : 2 } "#])
    func vector(body: String) throws {
        let fingerprint = try RequestFingerprint(contentType: "application/json", body: Array(body.utf8))
        #expect(
            Hex.encode(fingerprint.body.bytes) == "3e2ac8717ff0cc0e1d7e17074c04e8d66bfaafd84035efad486f7778c07d7de3")
    }

    @Test(
        "finds the same request behind another spelling",
        arguments: [
            (#"{"a":1,"b":2}"#, #"{ "b": 2, "a": 1 }"#), (#"{"c":"\u20b9"}"#, #"{"c":"₹"}"#),
            (#"{"c":"\/"}"#, #"{"c":"/"}"#),
            (#"{"a":{"x":1,"y":[1,2]}}"#, #"{"a":{"y":[1,2],"x":1}}"#),
        ])
    func sameBodies(first: String, second: String) throws {
        #expect(try value(first) == value(second))
    }

    @Test(
        "tells different requests apart",
        arguments: [
            (#"{"a":1}"#, #"{"a":2}"#), (#"{"a":1}"#, #"{"a":1.0}"#),
            (#"{"a":9007199254740993}"#, #"{"a":9007199254740992}"#),
            ("{\"a\":\"\u{E9}\"}", "{\"a\":\"e\u{301}\"}"), ("", "{}"), (#"{"a":[1,2]}"#, #"{"a":[2,1]}"#),
            (#"{"a":"1"}"#, #"{"a":1}"#), (#"{"a":null}"#, "{}"),
        ])
    func otherBodies(first: String, second: String) throws {
        #expect(try value(first) != value(second))
    }

    @Test func theCharsetIsUTF8WhateverIsSaid() throws {
        let plain = try value("{}")
        for type in [
            "application/json; charset=UTF-8", "Application/JSON;charset=\"utf-8\"",
            "application/json ;  charset=utf-8",
        ] {
            #expect(try value("{}", type) == plain)
        }
        #expect(try value("{}", "application/json; charset=latin1") != plain)
        #expect(try value("{}", "application/merge-patch+json") != plain)
        #expect(try value("{}", nil) != plain)
    }

    @Test func otherMediaTypesKeepTheirBytes() throws {
        #expect(try value("a  b", "text/plain") != value("a b", "text/plain"))
        #expect(try value("x", "a/b; q=1; r=2") == value("x", "a/b; r=2; q=1"))
        #expect(try value("x", "a/b; boundary=1") == value("x", "a/b; boundary=2"))
    }

    @Test func formsAreComparedDecodedInOrder() throws {
        let form = "application/x-www-form-urlencoded"
        #expect(try value("a=1%202&b=x", form) == value("a=1+2&b=%78", form))
        #expect(try value("a=1&b=2", form) != value("b=2&a=1", form))
        #expect(try value("qty=2", form) != value(#"{"qty":2}"#))
        #expect(throws: Problem.self) { try value("a=%zz", form) }
    }

    /// The boundary and the padding of heads say nothing; name, file name, type and every octet do.
    @Test func multipartFormsAreComparedByPart() throws {
        func form(
            _ boundary: String, name: String = "a", file: String? = "f.txt", type: String = "text/plain",
            content: String = "x"
        ) throws -> Hash32 {
            let fileName = file.map { "; filename=\"\($0)\"" } ?? ""
            let body =
                "--\(boundary)\r\nContent-Type: \(type)\r\nContent-Disposition: form-data; name=\"\(name)\"\(fileName)\r\n"
                + "\r\n\(content)\r\n--\(boundary)--\r\n"
            return try value(body, "multipart/form-data; boundary=\(boundary)")
        }
        let first = try form("b")
        #expect(try form("other") == first)
        #expect(try form("b", type: "Text/Plain") == first)
        #expect(try form("b", name: "b") != first)
        #expect(try form("b", file: "g.txt") != first)
        #expect(try form("b", file: nil) != form("b", file: ""))
        #expect(try form("b", type: "text/html") != first)
        #expect(try form("b", content: "y") != first)
        #expect(throws: Problem.self) { try value("--b", "multipart/form-data; boundary=b") }
        #expect(throws: Problem.self) { try value("--b--", "multipart/form-data") }
    }

    @Test func queriesAreComparedByName() throws {
        #expect(try value("{}", query: "a=1&b=2") == value("{}", query: "b=2&a=1"))
        #expect(try value("{}", query: "a=1&a=2") != value("{}", query: "a=2&a=1"))
        #expect(try value("{}", query: "a=1") != value("{}", query: "a=2"))
        #expect(try value("{}", query: "a=%2F") == value("{}", query: "a=/"))
        #expect(try value("{}", query: "a=1%26b=2") != value("{}", query: "a=1&b=2"))
    }

    @Test func pathAndPreconditionCount() throws {
        #expect(try value("{}", path: "/orders/1") != value("{}", path: "/orders/2"))
        #expect(try value("{}", ifMatch: "\"v1\"") != value("{}", ifMatch: "\"v2\""))
        #expect(try value("{}", ifMatch: "\"v1\"") != value("{}"))
    }

    @Test("refuses broken JSON before the key is used", arguments: [#"{"a":1,"a":2}"#, "{", "{}x", "\u{FEFF}{}"])
    func refuses(body: String) {
        #expect(throws: Problem.self) { try value(body) }
    }

    @Test func scopesKeepKeysApart() throws {
        let key = try IdempotencyKey(fieldValue: "k-1")
        let user = Principal.user(UserID(rawValue: 1))
        let base = IdempotencyScope.digest(principal: user, method: "POST", route: "/a/", key: key)
        #expect(IdempotencyScope.digest(principal: user, method: "POST", route: "/a/", key: key) == base)
        let others = [
            IdempotencyScope.digest(principal: .user(UserID(rawValue: 2)), method: "POST", route: "/a/", key: key),
            IdempotencyScope.digest(principal: user, method: "PUT", route: "/a/", key: key),
            IdempotencyScope.digest(principal: user, method: "POST", route: "/b/", key: key),
            try IdempotencyScope.digest(
                principal: user, method: "POST", route: "/a/", key: IdempotencyKey(fieldValue: "K-1")),
            IdempotencyScope.digest(internalRequest: 1), IdempotencyScope.digest(internalRequest: 2),
        ]
        #expect(Set(others + [base]).count == 7)
    }
}
