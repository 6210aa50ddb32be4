// SPDX-License-Identifier: Apache-2.0
import HTTP
import HTTPClient
import LocalServices
import Testing
import UVRuntime

@testable import Sandbox

/// The program as `mve serve` starts it.
@Suite(.timeLimit(.minutes(1))) struct ProgramTests {
    @Test func startsAsAChildSaysWhereItListensAndEnds() async throws {
        let sandbox = try await LocalSandbox.start(webhookURL: "http://127.0.0.1:9/webhook/")
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let result: Result<HTTPClientResponse, any Error>
        do {
            result = .success(
                try await loop.run {
                    let client = HTTPClient(loop: loop)
                    let answer = try await client.send(
                        .json(
                            method: "POST", url: sandbox.url + "/v1/orders",
                            body: Array(#"{"amount":100,"currency":"INR"}"#.utf8),
                            basicAuth: .init(
                                user: sandbox.credentials.keyID, password: sandbox.credentials.keySecret)))
                    await client.close()
                    return answer
                })
        } catch {
            result = .failure(error)
        }
        await sandbox.stop()
        let end = await sandbox.ended()
        await group.shutdown()
        let response = try result.get()
        #expect(response.status == 200)
        #expect(try JSONDocument(parsing: response.body).root["status"]?.string == "created")
        #expect(end.log.contains { $0.contains("signal 15: ending") })
    }

    @Test(arguments: ["http://example.com/", "nonsense"])
    func refusesAnAddressInTheClear(url: String) async {
        let error = await #expect(throws: LocalServiceError.self) {
            try await LocalSandbox.start(webhookURL: url)
        }
        #expect(error?.description.contains("--webhook-url") == true)
    }

    @Test func refusesALiveKey() async {
        let error = await #expect(throws: LocalServiceError.self) {
            try await LocalSandbox.start(
                webhookURL: "http://127.0.0.1:9/",
                credentials: .init(keyID: "rzp_live_Abcdefghijklmn", keySecret: "s", webhookSecret: "w"))
        }
        #expect(error?.description.contains("RAZORPAY_KEY_ID") == true)
    }

    @Test func withoutCredentialsItTakesFixedOnesAndSaysWhich() async throws {
        let fixed = SandboxCredentials.fixed
        let process = try await ServiceProcess.start(
            try Self.command([:]),
            .init(stopSignal: "TERM", readyWithin: .seconds(30)) { $0.contains("RAZORPAY_WEBHOOK_SECRET=") })
        let log = process.recentLog
        let result: Result<(Int, Int), any Error>
        do {
            let addresses = log.compactMap { $0.firstMatch(of: /listening on (http:\/\/[0-9.:]+)/)?.output.1 }
            let url = try #require(addresses.first)
            result = .success(
                (
                    try await Self.list(at: String(url), as: fixed.keyID, fixed.keySecret),
                    try await Self.list(at: String(url), as: fixed.keyID, "another")
                ))
        } catch {
            result = .failure(error)
        }
        await process.stop(within: .seconds(30))
        let (known, unknown) = try result.get()
        #expect(known == 200 && unknown == 401)
        for line in fixed.lines { #expect(log.contains { $0.hasSuffix(line) }, "\(log)") }
        #expect(fixed.lines.count == 3 && SandboxConfiguration.isTestKey(fixed.keyID))
    }

    @Test(arguments: [
        ["RAZORPAY_KEY_ID": "rzp_test_Abcdefghijklmn"], ["RAZORPAY_WEBHOOK_SECRET": "w", "RAZORPAY_KEY_SECRET": "s"],
        ["RAZORPAY_KEY_SECRET": "s", "RAZORPAY_KEY_ID": ""],
    ])
    func refusesAPartOfTheCredentials(environment: [String: String]) async throws {
        let command = try Self.command(environment)
        let error = await #expect(throws: LocalServiceError.self) {
            try await ServiceProcess.start(command, .init(stopSignal: "TERM", readyWithin: .seconds(30)) { _ in false })
        }
        #expect(error?.description.contains("must be set where others of the three are") == true)
    }

    private static func command(_ environment: [String: String]) throws -> ServiceCommand {
        ServiceCommand(
            name: "razorpay-sandbox", executable: try #require(LocalSandbox.besideUs()), arguments: ["--port", "0"],
            user: .current(), workingDirectory: "/", environment: environment)
    }

    /// The status of a call with these credentials.
    private static func list(at url: String, as user: String, _ password: String) async throws -> Int {
        let group = try EventLoopGroup(count: 1)
        let loop = group.loops[0]
        let result: Result<Int, any Error>
        do {
            result = .success(
                try await loop.run {
                    let client = HTTPClient(loop: loop)
                    let answer = try await client.send(
                        HTTPClientRequest(
                            method: "GET", url: url + "/v1/orders", headers: [], body: nil, timeout: .seconds(20),
                            basicAuth: .init(user: user, password: password)))
                    await client.close()
                    return answer.status
                })
        } catch {
            result = .failure(error)
        }
        await group.shutdown()
        return try result.get()
    }
}
