// SPDX-License-Identifier: Apache-2.0

extension AppConfiguration {
    /// Where Razorpay's REST API is.
    static let razorpayURL = "https://api.razorpay.com"

    /// The provider: all of `RAZORPAY_KEY_ID`, `RAZORPAY_KEY_SECRET` and a webhook secret, or none of them.
    static func readPayments(_ reader: inout ConfigurationReader, mode: Mode) -> PaymentProvider {
        let before = reader.problems.count
        let url = reader.text("RAZORPAY_BASE_URL", absent: "(Razorpay's, or the sandbox's)", check: checkWebURL)
        let keyID = reader.text("RAZORPAY_KEY_ID", absent: "(sandbox's)") { text throws(ConfigurationSyntaxError) in
            guard text.wholeMatch(of: /rzp_(test|live)_[A-Za-z0-9]{4,64}/) != nil else {
                throw .init("must be of the form rzp_live_… or rzp_test_…")
            }
        }
        let keySecret = reader.text(
            "RAZORPAY_KEY_SECRET", absent: "(sandbox's)", isSecret: true
        ) { text throws(ConfigurationSyntaxError) in try checkSecret(text) }
        let secrets = readWebhookSecrets(&reader, mode: mode)
        // A value that is set but wrong has been reported; "missing" would be a second, misleading message.
        if reader.problems.count > before { return .sandbox }
        var missing: [String] = []
        if keyID == nil { missing.append("RAZORPAY_KEY_ID") }
        if keySecret == nil { missing.append("RAZORPAY_KEY_SECRET") }
        if secrets.isEmpty { missing.append("RAZORPAY_WEBHOOK_SECRETS") }
        if let keyID, let keySecret, missing.isEmpty {
            let razorpay = Razorpay(
                baseURL: url ?? razorpayURL, keyID: keyID, keySecret: keySecret, webhookSecrets: secrets)
            refuseTestAccount(razorpay, &reader, mode: mode)
            return .razorpay(razorpay)
        }
        if mode == .production {
            for key in missing { reader.problem(key, "must be set when MVE_ENV is production: the sandbox is refused") }
        } else if missing.count < 3 {
            for key in missing { reader.problem(key, "must be set when the other RAZORPAY credentials are") }
        } else if url != nil {
            reader.problem(
                "RAZORPAY_BASE_URL", "needs RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET and RAZORPAY_WEBHOOK_SECRETS")
        }
        return .sandbox
    }

    private static func readWebhookSecrets(_ reader: inout ConfigurationReader, mode: Mode) -> [String] {
        // That of the provider's published examples has 15; what guards money is longer.
        let shortest = mode == .production ? 16 : 8
        let parse = { (text: String) throws(ConfigurationSyntaxError) -> [String] in
            let secrets = text.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
            // Eight is a long rotation; each one costs a signature per refused webhook.
            guard (1...8).contains(secrets.count) else { throw .init("must be one to eight secrets") }
            for secret in secrets { try checkSecret(secret, shortest: shortest) }
            return secrets
        }
        let many = reader.value(
            "RAZORPAY_WEBHOOK_SECRETS", default: [String](), display: "(sandbox's)", isSecret: true, parse: parse)
        let one = reader.value(
            "RAZORPAY_WEBHOOK_SECRET", default: [String](), display: "(unset)", isSecret: true, parse: parse)
        if !many.isEmpty && !one.isEmpty && many != one {
            reader.problem("RAZORPAY_WEBHOOK_SECRET", "must not be set beside RAZORPAY_WEBHOOK_SECRETS")
        }
        return many.isEmpty ? one : many
    }

    private static func refuseTestAccount(_ razorpay: Razorpay, _ reader: inout ConfigurationReader, mode: Mode) {
        guard mode == .production else { return }
        if razorpay.keyID.hasPrefix("rzp_test_") {
            reader.problem("RAZORPAY_KEY_ID", "must be a live key when MVE_ENV is production, not a test key")
        }
        if !razorpay.baseURL.hasPrefix("https://") {
            reader.problem("RAZORPAY_BASE_URL", "must begin with https:// when MVE_ENV is production")
        }
    }
}
