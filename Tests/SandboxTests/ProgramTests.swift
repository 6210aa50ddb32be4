// SPDX-License-Identifier: Apache-2.0
import HTTP
import HTTPClient
import LocalServices
import Testing
import UVRuntime

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
}
