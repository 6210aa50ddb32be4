// SPDX-License-Identifier: Apache-2.0
import HTTP
import HTTPClient
import Testing
import UVRuntime

@testable import Sandbox

@Suite(.timeLimit(.minutes(1))) struct AuthenticationTests {
    /// `rzp_test_Bench000000001:sbx_key_secret_1`
    private static let right = "cnpwX3Rlc3RfQmVuY2gwMDAwMDAwMDE6c2J4X2tleV9zZWNyZXRfMQ=="

    @Test(
        "the scheme is spelled Basic, and everything is compared",
        arguments: [
            ("Basic \(right)", 200), ("basic \(right)", 401), ("BASIC \(right)", 401), ("Basic \"\(right)\"", 401),
            ("Basic  \(right)", 401), ("Bearer \(right)", 401), ("Basic", 401), ("Basic cnpwOng=", 401),
            ("Basic \(right)A", 401), (right, 401),
        ])
    func comparesTheCredentials(value: String, status: Int) async throws {
        try await withSandbox { bench in
            let answer = try await bench.send(
                "GET", "/v1/orders", nil, auth: nil, headers: [(name: "Authorization", value: value)])
            #expect(answer.status == status)
            if status == 401 {
                #expect(answer.errorText == "Authentication failed")
                #expect(answer.error?["code"]?.string == "BAD_REQUEST_ERROR")
            }
        }
    }

    @Test func withoutOrWithTwoCredentialsNothingIsDone() async throws {
        try await withSandbox { bench in
            let body = #"{"amount":100,"currency":"INR"}"#
            #expect(try await bench.send("POST", "/v1/orders", body, auth: nil).status == 401)
            let once = (name: "Authorization", value: "Basic " + Self.right)
            let twice = [once, once]
            #expect(try await bench.send("POST", "/v1/orders", body, auth: nil, headers: twice).status == 401)
            #expect(try await bench.send("GET", "/v1/unknown", nil, auth: nil).status == 401)
            let orders = try await bench.api("GET", "/v1/orders")
            #expect(orders.json["count"]?.int == 0)
        }
    }

    @Test func controlAsksForNoCredentialsAlsoWhereThereIsNothing() async throws {
        try await withSandbox { bench in
            let answer = try await bench.control("POST", "/fault", "{}")
            #expect(answer.status == 400)
            #expect(answer.errorText == "The requested URL was not found on the server.")
        }
    }

    @Test(
        "a page in somebody's browser cannot post here",
        arguments: [("text/plain", 400), ("application/x-www-form-urlencoded", 400), ("application/json", 200)])
    func takesJSONOnly(type: String, status: Int) async throws {
        try await withSandbox { bench in
            let request = HTTPClientRequest(
                method: "POST", url: bench.sandbox.url + "/control/faults",
                headers: [(name: "Content-Type", value: type)], body: Array("{}".utf8))
            let response = try await bench.loop.run { try await bench.client.send(request) }
            #expect(response.status == status)
        }
    }

    @Test(arguments: [
        ("rzp_test_a", true), ("rzp_test_", false), ("rzp_live_Abcdefghijklmn", false), ("rzp_test_a:b", false),
        ("key", false),
    ])
    func servesTestKeysOnly(keyID: String, isServed: Bool) {
        #expect(SandboxConfiguration.isTestKey(keyID) == isServed)
    }

    @Test(arguments: [
        ("http://127.0.0.1:8000/api/", true), ("http://localhost/", true), ("http://[::1]:80/x", true),
        ("http://127.9.9.9", true), ("https://shop.example.com/hook", true), ("http://shop.example.com/", false),
        ("http://127.0.0.1.example.com/", false), ("http://127.0.0.1@example.com/", false),
        ("http://localhost:80@example.com/", false), ("http://[::1].example.com/", false), ("http://", false),
        ("https:///x", false), ("ftp://127.0.0.1/", false), ("http://127.0.0.1/a b", false),
        ("http://10.0.0.1/", false), ("HTTP://127.0.0.1/", false), ("", false),
    ])
    func webhooksTravelInTheClearOnThisMachineOnly(url: String, isAllowed: Bool) {
        #expect((WebhookURL(url) != nil) == isAllowed)
    }
}
