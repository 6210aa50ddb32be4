// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@testable import LocalServices

/// The child's side of the agreement: arguments, environment and the line it says where it listens.
@Suite(.timeLimit(.minutes(1)))
struct LocalSandboxTests {
    @Test func handsOverCredentialsAndTakesTheAddressFromTheFirstLine() async throws {
        try await withScratch { directory in
            let program = try script(
                "echo \"$RAZORPAY_KEY_ID $RAZORPAY_KEY_SECRET $RAZORPAY_WEBHOOK_SECRET $*\"\n"
                    + "echo '12:00 notice listening on http://127.0.0.1:4711 at your service'\nexec sleep 600",
                in: directory)
            let credentials = LocalSandbox.Credentials(keyID: "rzp_test_k", keySecret: "s", webhookSecret: "w")
            let sandbox = try await LocalSandbox.start(
                executable: program, webhookURL: "http://127.0.0.1:8000/hook/", credentials: credentials)
            #expect(sandbox.url == "http://127.0.0.1:4711")
            #expect(
                sandbox.process.recentLog.first == "rzp_test_k s w --port 0 --webhook-url http://127.0.0.1:8000/hook/")
            await sandbox.stop()
        }
    }

    @Test func saysWhatIsMissingWhenItIsNotBuilt() async {
        let error = await #expect(throws: LocalServiceError.self) {
            try await LocalSandbox.start(executable: "/nowhere/razorpay-sandbox", webhookURL: "http://127.0.0.1/")
        }
        #expect(error?.code == .programMissing)
    }

    @Test(
        "the address is found in its line and nowhere else",
        arguments: [
            ("listening on http://127.0.0.1:8400", "http://127.0.0.1:8400"),
            ("x listening on http://127.0.0.1:1/ y", "http://127.0.0.1:1"),
            ("listening on http://127.0.0.1:", nil), ("connected to http://127.0.0.1:8400", nil), ("", nil),
        ])
    func findsTheAddress(line: String, address: String?) {
        #expect(LocalSandbox.address(in: line) == address)
    }

    @Test func credentialsAreRandomAndFit() {
        let first = LocalSandbox.Credentials.random()
        let second = LocalSandbox.Credentials.random()
        #expect(first.keyID.wholeMatch(of: /rzp_test_[A-Za-z0-9]{14}/) != nil)
        #expect(first.keySecret.count == 24)
        #expect(first.webhookSecret.count == 32)
        #expect(first.keySecret != second.keySecret)
    }

    private func script(_ body: String, in directory: ServiceDirectory) throws -> String {
        let path = directory.root + "/razorpay-sandbox"
        try replaceFile(path, with: "#!/bin/sh\n" + body + "\n", mode: 0o700, owner: .current(), service: "test")
        return path
    }
}
