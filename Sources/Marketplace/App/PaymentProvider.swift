// SPDX-License-Identifier: Apache-2.0
import LocalServices
import Payments

/// The provider that this process works with, as the configuration asks for it.
struct PaymentProvider: Sendable {
    /// What the payments use.
    let account: RazorpayAccount
    /// What the sandbox is to be started with, once we listen; nil for a provider that runs without us.
    let sandbox: LocalSandbox.Credentials?

    init(_ configuration: AppConfiguration) {
        switch configuration.payments {
        case .razorpay(let razorpay):
            account = RazorpayAccount(razorpay)
            sandbox = nil
        case .sandbox:
            let credentials = LocalSandbox.Credentials.random()
            account = RazorpayAccount(
                keyID: credentials.keyID, keySecret: credentials.keySecret,
                webhookSecrets: [credentials.webhookSecret], baseURL: nil)
            sandbox = credentials
        }
    }

    /// Starts the sandbox where one is wanted, and tells the payments where it is.
    ///
    /// - Parameter url: where we listen; an unspecified host is reached over the loopback interface.
    func startSandbox(
        in services: EmbeddedServices, webhookAt url: String
    ) async throws(LocalServiceError) -> String? {
        guard let sandbox else { return nil }
        let reachable = url.replacing("//0.0.0.0:", with: "//127.0.0.1:").replacing("//[::]:", with: "//[::1]:")
        let razorpay = try await services.startSandbox(
            webhookURL: "\(reachable)/api/payments/webhook/", credentials: sandbox)
        account.use(baseURL: razorpay.baseURL)
        return razorpay.baseURL
    }
}

extension RazorpayAccount {
    /// The account of a provider that is there already.
    convenience init(_ razorpay: AppConfiguration.Razorpay) {
        self.init(
            keyID: razorpay.keyID, keySecret: razorpay.keySecret, webhookSecrets: razorpay.webhookSecrets,
            baseURL: razorpay.baseURL)
    }
}
