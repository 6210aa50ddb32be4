// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

@testable import Sandbox

@Suite(.timeLimit(.minutes(1))) struct CallLogTests {
    @Test func hasEveryCallWithHeadersAndBody() async throws {
        try await withSandbox { bench in
            let order = try await bench.order(extra: #","receipt":"ré/1""#)
            _ = try await bench.api("GET", "/v1/orders?receipt=x&receipt=y")
            _ = try await bench.send("GET", "/v1/orders", nil, auth: nil)
            _ = try await bench.pay(order, "failed")
            _ = try await bench.webhooks(count: 1)
            let log = try await bench.control("GET", "/log")
            let entries = try #require(log.json["entries"]?.elements)
            #expect(entries.compactMap { $0["kind"]?.string } == ["api", "api", "api", "control", "webhook"])
            #expect(entries.compactMap { $0["number"]?.int } == [1, 2, 3, 4, 5])
            #expect(log.json["next"]?.int == 5)
            let create = entries[0]
            #expect(create["method"]?.string == "POST")
            #expect(create["target"]?.string == "/v1/orders")
            #expect(create["body"]?.string == #"{"amount":129900,"currency":"INR","receipt":"ré/1"}"#)
            #expect(create["status"]?.int == 200)
            #expect(create["answer"]?.string?.contains(order) == true)
            #expect(create["time_ms"]?.int64 == SandboxBench.start * 1000)
            #expect(create["headers"]?["content-type"]?.elements?.first?.string == "application/json")
            #expect(create["headers"]?["authorization"]?.elements?.first?.string == "Basic (left out)")
            #expect(entries[1]["query"]?["receipt"]?.elements?.compactMap(\.string) == ["x", "y"])
            #expect(entries[2]["status"]?.int == 401)
            let webhook = entries[4]
            #expect(webhook["target"]?.string?.hasSuffix("/webhook/") == true)
            #expect(webhook["event"]?.string == "payment.failed")
            #expect(webhook["headers"]?["x-razorpay-signature"]?.elements?.first?.string?.count == 64)
            #expect(webhook["body"]?.string?.contains("payment.failed") == true)
            let rest = try await bench.control("GET", "/log?since=4")
            #expect(rest.json["entries"]?.elements?.count == 1)
        }
    }

    @Test(
        "what HTTP itself refuses has the provider's form and is logged",
        arguments: [
            ("POST", "/v1/orders", 413, "payload-too-large"),
            ("GET", "/v1/orders?receipt=%zz", 400, "malformed-request"),
            ("BREW", "/v1/orders", 501, "not-implemented"), ("BREW", "/control/faults", 501, "not-implemented"),
        ])
    func hasWhatIsRefusedUnread(method: String, target: String, status: Int, code: String) async throws {
        try await withSandbox { bench in
            let body = method == "POST" ? "[\"\(String(repeating: "x", count: 3 * 1024 * 1024))\"]" : nil
            let answer = try await bench.api(method, target, body)
            #expect(answer.status == status)
            #expect(answer.error?["code"]?.string == "BAD_REQUEST_ERROR")
            #expect(answer.errorText?.isEmpty == false)
            #expect(answer.json["type"] == nil)
            let log = try await bench.control("GET", "/log")
            let entries = try #require(log.json["entries"]?.elements)
            #expect(entries.count == 1)
            #expect(entries.first?["kind"]?.string == (target.hasPrefix("/control/") ? "control" : "api"))
            #expect(entries.first?["method"]?.string == method)
            #expect(entries.first?["target"]?.string == target)
            #expect(entries.first?["status"]?.int == status)
            #expect(entries.first?["answer"]?.string == answer.text)
            #expect(entries.first?["note"]?.string == "refused unread: \(code)")
            #expect(entries.first?["headers"]?["authorization"]?.elements?.first?.string == "Basic (left out)")
        }
    }

    @Test(arguments: [Int64(5), 100, Int64.max - 1])
    func readsPastTheEndFindNothing(since: Int64) async throws {
        try await withSandbox { bench in
            let answer = try await bench.control("GET", "/log?since=\(since)")
            #expect(answer.json["entries"]?.elements?.isEmpty == true)
            #expect(answer.json["next"]?.int == 0)
        }
    }

    @Test func aWaitingReaderIsWokenByTheNextEntry() async throws {
        try await withSandbox { bench in
            async let waiting = bench.control("GET", "/log?since=0&wait_ms=30000")
            _ = try await bench.order()
            #expect(try await waiting.json["entries"]?.elements?.count == 1)
        }
    }

    @Test func aWaitingReaderIsAnsweredInTheEnd() async throws {
        try await withSandbox { bench in
            let answer = try await bench.control("GET", "/log?since=0&wait_ms=1")
            #expect(answer.json["entries"]?.elements?.isEmpty == true)
        }
    }

    private static func entry(_ number: Int, body: Int = 0) -> CallLog.Entry {
        CallLog.Entry(
            kind: .api, time: 0, method: "GET", target: "/\(number)", body: [UInt8](repeating: 0x61, count: body))
    }

    private static func read(_ log: CallLog, since: Int64) throws -> JSONValue {
        var json = JSONWriter()
        log.write(since: since, to: &json)
        return try JSONDocument(parsing: json.bytes).root
    }

    @Test func forgetsTheOldestAndSaysHowMany() throws {
        var limits = SandboxLimits()
        limits.logEntries = 3
        var log = CallLog(limits: limits)
        for number in 1...5000 { log.append(Self.entry(number)) }
        let all = try Self.read(log, since: 0)
        #expect(all["forgotten"]?.int == 4997)
        #expect(all["next"]?.int == 5000)
        #expect(all["entries"]?.elements?.compactMap { $0["target"]?.string } == ["/4998", "/4999", "/5000"])
        let last = try Self.read(log, since: 4999)
        #expect(last["forgotten"]?.int == 0)
        #expect(last["entries"]?.elements?.compactMap { $0["number"]?.int } == [5000])
    }

    @Test func isBoundedInOctetsPagesAndBodies() throws {
        var limits = SandboxLimits()
        limits.logBytes = 3000
        limits.logBodyBytes = 10
        limits.logPage = 2
        var log = CallLog(limits: limits)
        for number in 1...10 { log.append(Self.entry(number, body: 500)) }
        let page = try Self.read(log, since: 0)
        #expect(page["entries"]?.elements?.compactMap { $0["number"]?.int } == [8, 9])
        #expect(page["next"]?.int == 9)
        #expect(page["entries"]?.elements?.first?["body"]?.string?.count == 10)
        #expect(page["entries"]?.elements?.first?["body_truncated"]?.bool == true)
        log.append(Self.entry(11, body: 5000))
        #expect(try Self.read(log, since: 0)["entries"]?.elements?.compactMap { $0["number"]?.int } == [11])
    }
}
