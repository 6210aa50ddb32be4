// SPDX-License-Identifier: Apache-2.0
import HTTP
public import MarketHTTP

/// Asks the provider about disputes whose events came in an order that cannot be, or left out what a loss has cost.
public struct CheckDisputes: Sendable {
    /// The jobs that this works off.
    public static let kind = DisputeStore.checkKind

    private let news: PaymentNews

    /// Puts the parts together.
    public init(news: PaymentNews) {
        self.news = news
    }

    /// Works off one job; a second time changes nothing.
    public func run(_ job: Job) async throws {
        guard let dispute = try? JSONDocument(parsing: job.payload).root["dispute"]?.string, RazorpayID.isValid(dispute)
        else { throw JobGivenUp("the job names no dispute") }
        _ = try await news.ask(aboutDispute: dispute, source: "poller")
    }
}
