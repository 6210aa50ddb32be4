// SPDX-License-Identifier: Apache-2.0
import Foundation
import LocalServices

/// Where a server in development says how to reach the sandbox that it started: `MVE_DATA_DIR/sandbox.url`, and
/// `MVE_DATA_DIR/sandbox.env` with all that a client needs, for nobody but us. Both are there as long as the sandbox runs.
struct SandboxFiles: Sendable {
    let addressPath: String
    let settingsPath: String

    init(below dataDirectory: String) {
        addressPath = dataDirectory + "/sandbox.url"
        settingsPath = dataDirectory + "/sandbox.env"
    }

    /// Writes both; the address, which others wait for, comes last.
    func publish(_ sandbox: LocalSandbox) throws(LocalServiceError) {
        let credentials = sandbox.credentials
        try make(
            """
            RAZORPAY_BASE_URL=\(sandbox.url)
            RAZORPAY_KEY_ID=\(credentials.keyID)
            RAZORPAY_KEY_SECRET=\(credentials.keySecret)
            RAZORPAY_WEBHOOK_SECRETS=\(credentials.webhookSecret)

            """, at: settingsPath, mode: 0o600)
        try make(sandbox.url + "\n", at: addressPath, mode: 0o644)
    }

    func remove() {
        unlink(addressPath)
        unlink(settingsPath)
    }

    /// The provider that a running server has left here; nil where there is none.
    ///
    /// - Throws: `ConfigurationError` for a file that cannot be read or does not say everything.
    func read() throws -> AppConfiguration.Razorpay? {
        guard access(settingsPath, F_OK) == 0 else { return nil }
        guard let data = FileManager.default.contents(atPath: settingsPath),
            let text = String(data: data, encoding: .utf8)
        else { throw problem("cannot be read as UTF-8 text") }
        let values = EnvironmentFile(parsing: text).values
        guard let url = values["RAZORPAY_BASE_URL"], let keyID = values["RAZORPAY_KEY_ID"],
            let keySecret = values["RAZORPAY_KEY_SECRET"], let secret = values["RAZORPAY_WEBHOOK_SECRETS"]
        else { throw problem("does not have all RAZORPAY_ settings; start the server again") }
        return AppConfiguration.Razorpay(baseURL: url, keyID: keyID, keySecret: keySecret, webhookSecrets: [secret])
    }

    private func problem(_ message: String) -> ConfigurationError {
        ConfigurationError(problems: [.init(key: settingsPath, message: message)])
    }

    /// Makes a file whole, and for others only as far as `mode` says from its first moment on.
    private func make(_ text: String, at path: String, mode: mode_t) throws(LocalServiceError) {
        let octets = Array(text.utf8)
        let draft = "\(path).\(getpid())"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        var isWritten = false
        if descriptor >= 0 {
            isWritten = write(descriptor, octets, octets.count) == octets.count
            close(descriptor)
        }
        guard isWritten, rename(draft, path) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(draft)
            throw LocalServiceError(
                .directoryUnusable, service: "razorpay-sandbox", message: "cannot write \(path): \(reason)")
        }
    }
}
