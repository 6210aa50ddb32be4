// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketCrypto

/// What a sandbox is started with.
struct SandboxConfiguration: Sendable {
    /// The port on 127.0.0.1; 0 lets the system choose.
    var port: UInt16 = 0
    /// `rzp_test_…`; the user of the REST calls.
    var keyID: String
    /// The password of the REST calls, and what signs a checkout.
    var keySecret: String
    /// Signs the webhooks until it is rotated. Empty: they go unsigned.
    var webhookSecret: String
    /// Where webhooks go; nil: events are made and kept, but not sent.
    var webhookURL: WebhookURL?
    /// How long an endpoint may take to acknowledge: the provider's five seconds.
    var webhookTimeout: Duration = .seconds(5)
    /// The time when it starts; from then on the sandbox has its own.
    var time: any WallClock = SystemClock()
    /// How fast it runs until it is told otherwise; 0 stands still.
    var clockRate = 1.0
    /// Ids and reference numbers come from here.
    var random: RandomSource = .secure
    /// The bounds.
    var limits = SandboxLimits()

    /// The sandbox serves test keys and nothing else: a live key in a development setup is a mistake.
    static func isTestKey(_ keyID: String) -> Bool {
        let prefix = "rzp_test_"
        guard keyID.hasPrefix(prefix) else { return false }
        let rest = keyID.utf8.dropFirst(prefix.utf8.count)
        return (1...64).contains(rest.count) && rest.allSatisfy(IDSource.alphabet.contains)
    }
}
