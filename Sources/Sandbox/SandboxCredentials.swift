// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// What the program accepts and signs with: all of it from the environment, or none.
struct SandboxCredentials: Equatable, Sendable {
    let keyID: String
    let keySecret: String
    let webhookSecret: String

    /// For who tries it out and sets nothing: known to everybody, and of a form that `mve serve` takes.
    static let fixed = SandboxCredentials(
        keyID: "rzp_test_Sandbox0000001", keySecret: "sandbox-key-secret-0001",
        webhookSecret: "sandbox-webhook-secret-0001")

    private static let names = ["RAZORPAY_KEY_ID", "RAZORPAY_KEY_SECRET", "RAZORPAY_WEBHOOK_SECRET"]

    private init(keyID: String, keySecret: String, webhookSecret: String) {
        self.keyID = keyID
        self.keySecret = keySecret
        self.webhookSecret = webhookSecret
    }

    /// Reads them; an empty variable counts as none.
    ///
    /// - Throws: `ValidationError` where some are set and others are not, or the key is no test key.
    init(_ variable: (String) -> String?) throws {
        let values = Self.names.map { name in variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        if values.allSatisfy({ $0 == nil }) {
            self = .fixed
            return
        }
        guard let keyID = values[0], let keySecret = values[1], let webhookSecret = values[2] else {
            let missing = zip(Self.names, values).filter { $0.1 == nil }.map(\.0)
            throw ValidationError("\(missing.joined(separator: ", ")) must be set where others of the three are.")
        }
        guard SandboxConfiguration.isTestKey(keyID) else {
            throw ValidationError("RAZORPAY_KEY_ID must begin with rzp_test_: live keys do not belong into a sandbox.")
        }
        self.init(keyID: keyID, keySecret: keySecret, webhookSecret: webhookSecret)
    }

    /// Whether they are those that everybody knows.
    var isFixed: Bool { self == .fixed }

    /// As the environment of a client wants them.
    var lines: [String] { zip(Self.names, [keyID, keySecret, webhookSecret]).map { "\($0)=\($1)" } }
}
