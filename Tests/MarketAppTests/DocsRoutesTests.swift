// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import Testing

@testable import MarketApp

struct DocsRoutesTests {
    /// Runs a body with a folder that holds files of these names.
    private func withFiles(_ names: [String], _ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("docs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let result: Result<Void, any Error>
        do {
            for name in names { try Data("content of \(name)".utf8).write(to: folder.appendingPathComponent(name)) }
            try await body(folder.path)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try FileManager.default.removeItem(at: folder)
        try result.get()
    }

    private func get(_ target: String, _ pages: SwaggerUI?, tag: String? = nil) async -> HTTPResponse {
        let condition = tag.map { "If-None-Match: \($0)\r\n" } ?? ""
        return await Router(docsRoutes(pages)).respond(to: "GET \(target) HTTP/1.1\r\nHost: a\r\n\(condition)\r\n")
    }

    private static let all = SwaggerUI.names.map(\.name)

    @Test func servesThePageAndWhatItLoadsAndNothingElse() async throws {
        try await withFiles(Self.all + ["secret.txt"]) { folder in
            let pages = try #require(SwaggerUI(directory: folder))
            let page = await get("/docs/", pages)
            #expect(page.status == .ok)
            #expect(page.contentType == .html)
            let html = String(decoding: page.body, as: UTF8.self)
            // Everything that the page names is served.
            let names = html.matches(of: /(?:src|href)="\/docs\/([^"]+)"/).map { String($0.output.1) }
            #expect(Set(names) == Set(Self.all + [SwaggerUI.initializer]))
            #expect(!html.contains("//"))
            for name in names {
                let file = await get("/docs/\(name)", pages)
                #expect(file.status == .ok, "\(name)")
                #expect(!file.body.isEmpty)
            }
            #expect(await get("/docs/swagger-ui.css", pages).contentType == .other("text/css; charset=utf-8"))
            let script = await get("/docs/swagger-ui-bundle.js", pages)
            #expect(script.contentType == .other("text/javascript; charset=utf-8"))
            #expect(script.body == Array("content of swagger-ui-bundle.js".utf8))
            for other in ["secret.txt", "..", "%2e%2e", "swagger-ui.css.map", "initializer"] {
                #expect(await get("/docs/\(other)", pages).status != .ok, "\(other)")
            }
        }
    }

    @Test func noScriptMayStandInThePage() async throws {
        try await withFiles(Self.all) { folder in
            let pages = try #require(SwaggerUI(directory: folder))
            let page = await get("/docs/", pages)
            let policy = try #require(page.header("Content-Security-Policy"))
            #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"))
            #expect(!policy.contains("unsafe"))
            let scripts = String(decoding: page.body, as: UTF8.self).matches(of: /<script([^>]*)>([^<]*)</)
            #expect(scripts.count == 2)
            #expect(scripts.allSatisfy { $0.output.1.contains("src=") && $0.output.2.isEmpty })
        }
    }

    @Test func aKnownFileIsNotSentAgain() async throws {
        try await withFiles(Self.all) { folder in
            let pages = try #require(SwaggerUI(directory: folder))
            for target in ["/docs/", "/docs/swagger-ui.css"] {
                let first = await get(target, pages)
                let tag = try #require(first.header("ETag"))
                let second = await get(target, pages, tag: tag)
                #expect(second.status == .notModified)
                #expect(second.body.isEmpty)
                #expect(second.header("Cache-Control") == first.header("Cache-Control"))
            }
        }
    }

    @Test func withoutTheFilesEveryPathIsAClear404() async throws {
        try await withFiles(Array(Self.all.dropLast())) { folder in
            #expect(SwaggerUI(directory: folder) == nil)
        }
        for target in ["/docs/", "/docs/swagger-ui.css"] {
            let response = await get(target, nil)
            #expect(response.status == .notFound)
            #expect(response.contentType == .problem)
            #expect(String(decoding: response.body, as: UTF8.self).contains("scripts/setup"))
        }
    }
}
