// SPDX-License-Identifier: Apache-2.0
import HTTP

/// What the provider takes in about disputes.
extension RazorpayClient {
    /// A dispute.
    func dispute(_ id: String) async throws(RazorpayError) -> RazorpayDispute {
        try Self.dispute(try await call("GET", "/v1/disputes/\(id)"))
    }

    /// Gives in: the dispute is lost. `.refused` where it has ended.
    func acceptDispute(_ id: String) async throws(RazorpayError) -> RazorpayDispute {
        try Self.dispute(try await call("POST", "/v1/disputes/\(id)/accept", body: Array("{}".utf8)))
    }

    /// Answers a dispute with evidence. `.refused` where it has ended, is being looked at, or lacks a document.
    ///
    /// - Parameter evidence: a JSON object as the provider wants it.
    func contestDispute(_ id: String, evidence: [UInt8]) async throws(RazorpayError) -> RazorpayDispute {
        try Self.dispute(try await call("PATCH", "/v1/disputes/\(id)/contest", body: evidence))
    }

    private static func dispute(_ answer: JSONDocument) throws(RazorpayError) -> RazorpayDispute {
        guard let dispute = RazorpayDispute(answer.root) else {
            throw RazorpayError(.malformed, "a dispute without its fields")
        }
        return dispute
    }
}
