// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

@testable import MarketHTTP

@Suite struct APIVersionsTests {
    private static func answer(_ headers: [String]) async throws -> HTTPResponse {
        let route = Route(.get, "/x/", name: "x") { .text(try APIVersions.version(of: $0)) }
        let router = Router([route], middleware: [APIVersions.middleware])
        return try await TestRequest.answer(router.routes[0], TestRequest.make(router.routes[0], headers: headers))
    }

    @Test func aVersionOfOursIsTakenAndSaid() async throws {
        let answer = try await Self.answer(["x-api-version: 2026-12-01"])
        #expect(answer.header("X-Api-Version") == "2026-12-01")
        #expect(String(decoding: answer.body, as: UTF8.self) == "2026-12-01")
    }

    @Test func withoutOneTheNewestHolds() async throws {
        let answer = try await Self.answer([])
        #expect(answer.header("X-Api-Version") == nil)
        #expect(String(decoding: answer.body, as: UTF8.self) == APIVersions.all.last)
    }

    @Test(
        "what names no version is refused",
        arguments: [
            [""], ["2026-12-02"], ["2099-01-01"], ["2026-13-01"], ["2026-12-1"], ["1"],
            ["2026-12-01, 2026-12-01"], ["2026-12-01", "2026-12-01"], ["2026-12-01\u{301}"],
        ])
    func refuses(values: [String]) async throws {
        let lines = values.map { "X-Api-Version: \($0)" }
        let problem = await #expect(throws: Problem.self) { try await Self.answer(lines) }
        #expect(problem?.kind == .malformedRequest)
    }

    @Test func versionsAreDatesInOrder() {
        #expect(APIVersions.all == APIVersions.all.sorted())
        #expect(APIVersions.all.allSatisfy { $0.wholeMatch(of: /20[0-9]{2}-[01][0-9]-[0-3][0-9]/) != nil })
    }
}
