// SPDX-License-Identifier: Apache-2.0
import Foundation
import LocalServices
import TestSupport
import TestTLS
import Testing

/// `deploy/nginx.conf` as it stands, with this machine's ports and a certificate made for the test.
@Suite(.timeLimit(.minutes(10)), .serialized) struct NginxTests {
    @Test func requestsPassUnderTLSToBothServers() async throws {
        try await LiveShop.with(.init(servers: 2), environment: ["TRUSTED_PROXIES": "127.0.0.1"]) { shop in
            let upstreams = shop.servers.map { String($0.url.trimmingPrefix("http://")) }
            try await Nginx.with(upstreams: upstreams) { nginx in
                let health = try await nginx.curl("/api/health/", ["-w", " %{http_version} %{ssl_verify_result}"])
                #expect(health.output.hasSuffix(" 2 0"), "\(health.output)\(health.complaints)")
                let refused = try await MarketCommand.run(
                    program: "/usr/bin/curl",
                    ["-sS", "-w", " %{http_code}", "http://127.0.0.1:\(nginx.plainPort)/api/health/"])
                #expect(refused.output.hasSuffix(" 403"))

                // The client is 127.0.0.2, to nginx and to the server; only nginx's 127.0.0.1 is a listed proxy.
                let first = try await nginx.add()
                let again = try await nginx.add(forwardedFor: "203.0.113.9")
                let stranger = try await nginx.add(forwardedFor: "203.0.113.9", at: shop.servers[0].url)
                #expect(first.hasSuffix(" 200 -"), "\(first)")
                #expect(again.hasSuffix(" 200 -true"), "what the client wrote itself stands further left: \(again)")
                #expect(stranger.hasSuffix(" 200 -true"), "a stranger's word is not read: \(stranger)")
                let proxy = try await shop.client.post(
                    "/api/cart/add/", Nginx.cartLine, key: Nginx.key, headers: [("X-Forwarded-For", "203.0.113.9")])
                #expect(proxy.status == 200)
                #expect(!proxy.isReplay, "a listed proxy speaks of another client")
            }
        }
    }

    @Test func aBodyOverTheBoundIsRefusedInTheWordsOfTheAPI() async throws {
        try await Nginx.with(upstreams: ["127.0.0.1:1", "127.0.0.1:2"]) { nginx in
            let large = try await nginx.curl(
                "/api/cart/add/", ["--http1.1", "-X", "POST", "-H", "Content-Length: 999999999", "-w", " %{http_code}"])
            #expect(large.output.contains(#""code":"payload-too-large""#), "\(large.output)\(large.complaints)")
            #expect(large.output.hasSuffix(" 413"))
            let nobody = try await nginx.curl("/api/cart/add/", ["-d", "{}", "-D", "-", "-w", " %{http_code}"])
            #expect(nobody.output.contains(#""code":"outcome-unknown""#), "\(nobody.output)")
            #expect(nobody.output.lowercased().contains("retry-after: 2"))
            #expect(nobody.output.hasSuffix(" 504"))
        }
    }

    /// A server that takes a request and dies: whether it had begun is known to nobody.
    @Test(arguments: [("POST", 1), ("GET", 2)]) func whatWasSentIsSentAgainWhereTwiceIsOnce(
        method: String, attempts: Int
    ) async throws {
        let first = try DyingServer()
        let second = try DyingServer()
        let upstreams = [first, second].map { "127.0.0.1:\($0.port)" }
        try await Nginx.with(upstreams: upstreams) { nginx in
            let answer = try await nginx.curl(
                "/api/orders/create/", ["-X", method, "-w", " %{http_code}"] + (method == "POST" ? ["-d", "{}"] : []))
            #expect(answer.output.hasSuffix(" 504"), "\(answer.output)\(answer.complaints)")
        }
        #expect(first.requests + second.requests == attempts)
    }
}
