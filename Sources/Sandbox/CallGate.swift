// SPDX-License-Identifier: Apache-2.0
import HTTP
import Logging
import MarketCore

/// What surrounds every handler: credentials, faults, errors in the provider's form, and the log.
struct CallGate: Sendable {
    /// Who may call a route.
    enum Access: String {
        /// The merchant, with key id and secret.
        case merchant
        /// Whoever plays payer and bank: anyone on this machine.
        case control
        /// The same, and the log does not log that it was read.
        case log
    }

    let provider: PaymentProvider
    let credentials: BasicCredentials

    /// The middleware of the sandbox's router.
    func middleware(_ route: Route, _ next: @escaping Handler) -> Handler {
        switch Access(rawValue: route.access) {
        case .merchant:
            { request in
                // What does not exist below /control is not a question of the merchant's credentials.
                if request.path.hasPrefix("/control/") { return await control(request, next) }
                return await merchant(request, next)
            }
        case .control: { request in await control(request, next) }
        case .log: { request in await answer(request, next) }
        case nil: preconditionFailure("\(route.path) does not say who may call it")
        }
    }

    private func merchant(_ request: RequestContext, _ next: Handler) async -> HTTPResponse {
        guard credentials.match(request) else {
            let response = ProviderError.unauthorized.response
            await provider.record(request, as: .api, answered: response, note: nil)
            return response
        }
        let fault = await provider.drawCallFault(request)
        var response = if let refusal = fault.refusal { refusal.response } else { await answer(request, next) }
        if let replacement = fault.replacement { response = replacement.response }
        response.isWithheld = fault.isWithheld
        await provider.record(request, as: .api, answered: response, note: fault.note)
        if fault.delay > .zero { await provider.holdBack(fault.delay) }
        return response
    }

    private func control(_ request: RequestContext, _ next: Handler) async -> HTTPResponse {
        let response = await answer(request, next)
        await provider.record(request, as: .control, answered: response, note: nil)
        return response
    }

    private func answer(_ request: RequestContext, _ next: Handler) async -> HTTPResponse {
        do {
            await provider.catchUp()
            return try await next(request)
        } catch let error as ProviderError {
            return error.response
        } catch {
            provider.logger.error(
                "a call failed", metadata: ["route": "\(request.route.name)", "error": "\(String(reflecting: error))"])
            return ProviderError.trouble(.internalServerError).response
        }
    }
}

extension FaultPlan.Call {
    /// For the log.
    fileprivate var note: String? {
        if refusal != nil { return "status, before the effect" }
        var notes: [String] = []
        if replacement != nil { notes.append("status, after the effect") }
        if isWithheld { notes.append("close_after_effect") }
        if delay > .zero { notes.append("answer_delay_ms") }
        return notes.isEmpty ? nil : notes.joined(separator: "; ")
    }
}

extension PaymentProvider {
    fileprivate func drawCallFault(_ request: RequestContext) -> FaultPlan.Call {
        faults.drawCall(request.method, request.path)
    }

    /// Waits by the sandbox's clock; at its end the answer goes out at once.
    fileprivate func holdBack(_ delay: Duration) async {
        try? await clock.sleep(until: clock.now + delay)
    }

    /// Routes whose bodies have secrets or card numbers.
    private static let secretBodies: Set<String> = EndpointRoutes.secretNames.union([
        SecretRoute.name, PaymentCreationRoutes.jsonName,
    ])

    /// Logs a call with its secrets left out.
    fileprivate func record(
        _ request: RequestContext, as kind: CallLog.Kind, answered response: HTTPResponse, note: String?
    ) {
        record(
            CallLog.Entry(
                kind: kind, time: clock.now.milliseconds, method: request.method.rawValue, target: request.path,
                query: request.query.pairs.map { ($0.name, $0.value) },
                headers: CallLog.withoutCredentials(request.headerLines),
                body: Self.secretBodies.contains(request.route.name) ? Array("(left out)".utf8) : request.body,
                status: response.isWithheld ? nil : response.status.code,
                answer: response.isWithheld ? [] : response.body, note: note))
    }
}
