// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketCrypto
import MarketHTTP
import Testing

/// Principals, idempotency header, replays, pages and entity tags over parsed requests.
@Suite struct RequestSideTests {
    private let user = Principal.user(UserID(rawValue: 1))

    private func secret() throws -> SecretKey {
        try #require(SecretKey([UInt8](repeating: 5, count: 32)))
    }

    private func route(_ method: HTTPMethod = .post, _ idempotency: Route.Idempotency = .accepted) -> Route {
        Route(method, "/api/things/", name: "things", query: nil, idempotency: idempotency) { _ in .noContent }
    }

    private func code(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return (error as? Problem)?.kind.code
        }
    }

    @Test func findsTheStrongestPrincipal() throws {
        let clients = ClientTokens(secret: try secret())
        let principals = Principals(secret: try secret(), clients: clients)
        let (token, client) = clients.issue()
        let caller = Caller(
            user: UserID(rawValue: 1), session: SessionID(rawValue: 2), audience: .all, roles: .customer)
        let anonymous = try TestRequest.make(route(), headers: ["X-Cart-Token: \(token)", "User-Agent: a"])
        #expect(principals.principal(of: anonymous, caller: caller) == user)
        #expect(principals.principal(of: anonymous, caller: nil) == .client(client))
        let weak = principals.principal(of: anonymous, caller: nil, acceptsClientToken: false)
        #expect(weak.isWeak)
        let forged = try TestRequest.make(
            route(), headers: ["X-Cart-Token: \(String(token.reversed()))", "User-Agent: a"])
        #expect(principals.principal(of: forged, caller: nil).isWeak)
        let elsewhere = try TestRequest.make(route(), headers: ["User-Agent: a"], address: "192.0.2.2")
        let otherAgent = try TestRequest.make(route(), headers: ["User-Agent: b"])
        #expect(principals.principal(of: elsewhere, caller: nil) != weak)
        #expect(principals.principal(of: otherAgent, caller: nil) != weak)
    }

    @Test func tellsClientsBehindOurProxiesApart() throws {
        let principals = Principals(secret: try secret(), clients: ClientTokens(secret: try secret()))
        func principal(_ forwarded: String, from peer: String) throws -> Principal {
            let request = try TestRequest.make(
                route(), headers: ["X-Forwarded-For: \(forwarded)"], address: peer, proxies: ["10.0.0.1", "10.0.0.2"])
            return principals.principal(of: request, caller: nil)
        }
        let direct = try principals.principal(of: TestRequest.make(route(), address: "203.0.113.1"), caller: nil)
        #expect(try principal("203.0.113.1", from: "10.0.0.1") == direct)
        #expect(try principal("198.51.100.9, 203.0.113.1, 10.0.0.2", from: "10.0.0.1") == direct)
        #expect(try principal("203.0.113.2", from: "10.0.0.1") != direct)
        // Whoever is no proxy of ours says what they like.
        #expect(try principal("203.0.113.9", from: "203.0.113.1") == direct)
    }

    @Test func clientTokensCannotBeMadeUp() throws {
        let clients = ClientTokens(secret: try secret())
        let (token, client) = clients.issue()
        #expect(token.utf8.count == 43)
        #expect(clients.client(of: token) == client)
        #expect(clients.issue().client != client)
        for text in ["", "AAAA", String(repeating: "A", count: 43), String(token.reversed()), token + "A"] {
            #expect(clients.client(of: text) == nil)
        }
        let other = ClientTokens(secret: try #require(SecretKey([UInt8](repeating: 6, count: 32))))
        #expect(other.client(of: token) == nil)
    }

    @Test func readsIdempotencyKeys() throws {
        func key(_ headers: [String], _ route: Route, _ principal: Principal) throws -> IdempotencyKey? {
            try IdempotencyHeader.key(of: TestRequest.make(route, headers: headers), principal: principal)
        }
        let weak = Principal.address(IdempotencyScope.digest(internalRequest: 1))
        #expect(try key(["Idempotency-Key: abc"], route(), user)?.bytes == Array("abc".utf8))
        #expect(try key([], route(), user) == nil)
        #expect(try key(["Idempotency-Key: abc"], route(.get), user) == nil)
        #expect(try key(["Idempotency-Key: abc"], route(.post, .ignored), user) == nil)
        #expect(try key(["Idempotency-Key: 0123456789abcdef"], route(), weak) != nil)
        #expect(code { _ = try key(["Idempotency-Key: 0123456789abcde"], route(), weak) } == "idempotency-key-too-weak")
        #expect(code { _ = try key([], route(.post, .required), user) } == "idempotency-key-required")
        for headers in [["Idempotency-Key: a", "Idempotency-Key: a"], ["Idempotency-Key:"], ["Idempotency-Key: a b"]] {
            #expect(code { _ = try key(headers, route(), user) } == "idempotency-key-invalid", "\(headers)")
        }
    }

    @Test func claimsSpellTheSameRequestAlike() throws {
        func claim(_ body: String, target: String? = nil, headers: [String] = [], honoursIfMatch: Bool = false) throws
            -> (digest: Hash32, fingerprint: Hash32)
        {
            let request = try TestRequest.make(
                route(), headers: ["Idempotency-Key: k", "Content-Type: application/json"] + headers, body: body,
                target: target)
            let claim = try #require(
                try IdempotencyHeader.claim(of: request, principal: user, honoursIfMatch: honoursIfMatch))
            #expect(claim.user == UserID(rawValue: 1))
            return (claim.digest, claim.fingerprint)
        }
        let base = try claim(#"{"a":1,"b":2}"#)
        #expect(try claim(#"{"b":2, "a":1}"#) == base)
        #expect(try claim(#"{"a":1,"b":2}"#, target: "/api/things") == base)
        let other = try claim(#"{"a":1,"b":3}"#)
        #expect(other.digest == base.digest && other.fingerprint != base.fingerprint)
        #expect(try claim(#"{"a":1,"b":2}"#, headers: ["If-Match: \"v1\""]) == base)
        #expect(
            try claim(#"{"a":1,"b":2}"#, headers: ["If-Match: \"v1\""], honoursIfMatch: true).fingerprint
                != base.fingerprint)
        #expect(code { _ = try claim(#"{"a":1,"a":2}"#) } == "malformed-json")
    }

    @Test func replaysWhatWasStored() throws {
        var response = HTTPResponse(.created, headers: [], body: Array(#"{"id":1}"#.utf8))
        response.headers = [
            HTTPHeader("ETag", "\"v1\""), HTTPHeader("Set-Cookie", "a=b"), HTTPHeader("X-Request-Id", "1"),
            HTTPHeader("Location", "/api/things/?id=1"),
        ]
        let request = try TestRequest.make(route())
        let stored = StoredAnswer(response, to: request)
        #expect(stored.fields.map(\.name) == ["content-type", "etag", "location"])
        #expect(StoredAnswer(response, to: request, keepsCookies: true).fields.map(\.name).contains("set-cookie"))
        let replay = HTTPResponse(stored, isReplay: true)
        #expect(replay.status == .created)
        #expect(replay.body == response.body)
        #expect(replay.contentType == .json)
        #expect(replay.header("Idempotent-Replayed") == "true")
        #expect(replay.header("ETag") == "\"v1\"")
        #expect(HTTPResponse(stored, isReplay: false).header("Idempotent-Replayed") == nil)
        let problem = Problem(.insufficientStock).response(requestID: RequestID(milliseconds: 0, random: (0, 0)))
        #expect(HTTPResponse(StoredAnswer(problem, to: request), isReplay: true).contentType == .problem)
        #expect(StoredAnswer(HTTPResponse.noContent, to: request).fields.isEmpty)
        #expect(HTTPResponse(StoredAnswer(status: 9999, fields: [], body: []), isReplay: true).status.code == 500)
    }

    @Test func readsAndWritesPages() throws {
        let pages = Pages(cursors: CursorCodec(secret: try secret()))
        let list = ListIdentity(route: "/api/things/", sort: "id", filters: [])
        func request(_ query: String) throws -> PageRequest {
            try pages.request(TestRequest.make(route(.get), target: "/api/things/?" + query), in: list)
        }
        #expect(try request("").limit == 20)
        #expect(try request("limit=100").limit == 100)
        for query in ["limit=0", "limit=101", "limit=x", "limit="] {
            #expect(code { _ = try request(query) } == "malformed-request", "\(query)")
        }
        #expect(try request("sort=id").limit == 20)
        #expect(code { _ = try request("sort=-id") } == "validation-failed", "the list has one order")
        let page = Page(rows: [1, 2, 3], limit: 2) { PageCursor([.number(Int64($0))]) }
        let answer = pages.response(page, in: list)
        let root = try JSONDocument(parsing: answer.body).root
        #expect(root["data"]?.elements?.count == 2)
        #expect(root["page"]?["limit"]?.int == 2)
        #expect(root["page"]?["has_more"]?.bool == true)
        let cursor = try #require(root["page"]?["next_cursor"]?.string)
        #expect(try request("cursor=" + cursor).after == PageCursor([.number(2)]))
        #expect(code { _ = try request("cursor=" + cursor.dropLast()) } == "invalid-cursor")
        let last = pages.response(Page(rows: [1], limit: 2) { PageCursor([.number(Int64($0))]) }, in: list)
        #expect(
            String(decoding: last.body, as: UTF8.self)
                == #"{"data":[1],"page":{"limit":2,"next_cursor":null,"has_more":false}}"#)
    }

    @Test(
        "reads If-Match",
        arguments: [
            (nil, 0), ("*", 0), ("\"v3\"", 3), (" \"v3\" ", 3), ("\"v3\", \"v4\"", -1), ("v3", -1), ("\"3\"", -1),
            ("\"v\"", -1), ("\"vx\"", -1), ("W/\"v3\"", -1), ("\"v3-gzip\"", 3),
            ("\"v-gzip\"", -1), ("\"v3-br\"", -1), ("\"v99999999999999999999\"", -1),
            ("\"v3-9f86d081884c7d65\"", 3), ("\"v3-9f86d081884c7d65-gzip\"", 3), ("\"v3-9f86d081\"", -1),
            ("\"v3-9F86D081884C7D65\"", -1), ("\"v-9f86d081884c7d65\"", -1), ("\"9f86d081884c7d65\"", -1),
        ] as [(String?, Int64)])
    func readsIfMatch(field: String?, expected: Int64) throws {
        let request = try TestRequest.make(route(.put), headers: field.map { ["If-Match: " + $0] } ?? [])
        if expected < 0 {
            #expect(code { _ = try EntityTag.expectedVersion(of: request) } == "version-conflict")
        } else {
            #expect(try EntityTag.expectedVersion(of: request) == (expected == 0 ? nil : expected))
        }
    }

    @Test(
        "reads If-None-Match",
        arguments: [
            (nil, false), ("\"v3\"", true), ("W/\"v3\"", true), ("\"v1\", \"v3\"", true), ("*", true),
            ("\"v1\"", false), ("\"v3-gzip\"", true), ("\"v3-br\"", false), ("\"v1-gzip\"", false),
        ] as [(String?, Bool)])
    func readsIfNoneMatch(field: String?, isNamed: Bool) {
        #expect(EntityTag(version: 3).isNamed(byIfNoneMatch: field) == isNamed)
        #expect(EntityTag(version: 3).header == HTTPHeader("ETag", "\"v3\""))
    }

    @Test func valuesWriteThemselves() {
        #expect(
            String(decoding: Money(minor: 129_900, currency: .inr).jsonBytes(), as: UTF8.self)
                == #"{"amount":129900,"currency":"INR"}"#)
        #expect(String(decoding: Timestamp(seconds: 0).jsonBytes(), as: UTF8.self) == #""1970-01-01T00:00:00.000Z""#)
        #expect(String(decoding: OrderID(rawValue: 1).jsonBytes(), as: UTF8.self) == #""ord_0000000000001""#)
        #expect(String(decoding: Quantity(5).jsonBytes(), as: UTF8.self) == "5")
    }
}
