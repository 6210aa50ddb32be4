// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import UVRuntime

/// Calls that the server refuses before a handler sees them (a body over the bound, a query that cannot be decoded, a method
/// that nobody knows): in the provider's form like every other refusal, and logged like every other call.
enum RefusedCalls {
    /// For the server's configuration; called on the provider's loop.
    static func answers(of provider: PaymentProvider) -> @Sendable (RefusedRequest) -> HTTPResponse {
        { request in
            let response = ProviderError(request.problem).response
            provider.assumeIsolated { $0.record(request, answered: response) }
            return response
        }
    }
}

extension ProviderError {
    /// What the server itself says, in the provider's form. 501 is the caller's doing: it is not to be repeated unchanged.
    fileprivate init(_ problem: Problem) {
        guard problem.status.code < 500 || problem.status == .notImplemented else {
            self = .trouble(problem.status)
            return
        }
        self = .refused(problem.detail ?? problem.kind.title)
        status = problem.status
    }
}

extension PaymentProvider {
    /// Logs a call of which nothing but the head was looked at.
    fileprivate func record(_ request: RefusedRequest, answered response: HTTPResponse) {
        record(
            CallLog.Entry(
                kind: request.path.hasPrefix("/control/") ? .control : .api, time: clock.now.milliseconds,
                method: request.method, target: request.path + (request.query.map { "?" + $0 } ?? ""),
                headers: CallLog.withoutCredentials(request.headerLines), status: response.status.code,
                answer: response.body, note: "refused unread: \(request.problem.kind.code)"))
    }
}
