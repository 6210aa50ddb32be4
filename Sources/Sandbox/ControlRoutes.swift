// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// Time, faults, webhooks and the log: the rest of `/control`.
enum ControlRoutes {
    /// Ten years at once: more than any schedule of the provider's.
    private static let advanceMax: Double = 10 * 366 * 86_400
    /// A day in less than a second. The slowest that is not standing still makes a day of three years.
    private static let rates: ClosedRange<Double> = 0.001...100_000
    /// How long a reader of the log may wait, in milliseconds.
    private static let waitMax: Int64 = 30_000

    static func routes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.control.rawValue
        return [
            Route(.post, "/control/faults", name: "control.faults", access: access) { request in
                .json(await provider.setFaults(try FaultKnobs(RequestFields(request))))
            },
            Route(.delete, "/control/faults", name: "control.faults.clear", access: access) { _ in
                .json(await provider.setFaults(FaultKnobs()))
            },
            Route(.post, "/control/clock", name: "control.clock", access: access) { request in
                let response = try setClock(provider.clock, RequestFields(request))
                // What is due by now has happened when the answer goes out.
                await provider.catchUp()
                return response
            },
            Route(.post, "/control/webhooks/replay", name: "control.replay", access: access) { request in
                let fields = try RequestFields(request)
                try fields.allow(only: ["event_id"])
                let event = try await provider.replay(
                    eventID: RequestFields.required("event_id", fields.text("event_id", max: 64)))
                return .json { json in
                    json.field("event_id", event.id)
                    json.field("event", event.name)
                }
            },
            SecretRoute.route(provider),
            Route(.get, "/control/log", name: "control.log", access: CallGate.Access.log.rawValue, query: nil) {
                request in
                try ListQuery.allow(request.query, only: ["since", "wait_ms"])
                let since = try ListQuery.integer(request.query, "since", in: 0...Int64.max - 1) ?? 0
                let wait = try ListQuery.integer(request.query, "wait_ms", in: 0...waitMax) ?? 0
                return try await provider.readLog(since: since, wait: .milliseconds(wait))
            },
        ]
    }

    private static func setClock(_ clock: SandboxClock, _ fields: RequestFields) throws(ProviderError) -> HTTPResponse {
        try fields.allow(only: ["advance_seconds", "rate"])
        let advance = try fields.number("advance_seconds", in: 0...advanceMax)
        let rate = try fields.number("rate", in: 0...rates.upperBound)
        guard rate.map({ $0 == 0 || rates.contains($0) }) ?? true else {
            throw .invalid("rate", "The rate must be 0, or at least \(rates.lowerBound).")
        }
        guard advance != nil || rate != nil else {
            throw .invalid("advance_seconds", "Either advance_seconds or rate is required.")
        }
        if let rate { clock.run(at: rate) }
        if let advance { clock.advance(by: .milliseconds(Int64(advance * 1000))) }
        let now = clock.now.milliseconds
        return .json { json in
            json.field("now_ms", now)
            json.key("rate")
            json.raw("\(clock.rate)".utf8)
        }
    }
}

/// `POST /control/webhooks/secret`, whose body is not logged.
enum SecretRoute {
    static let name = "control.secret"
    /// The provider's form takes no more.
    private static let charactersMax = 128

    static func route(_ provider: PaymentProvider) -> Route {
        Route(.post, "/control/webhooks/secret", name: name, access: CallGate.Access.control.rawValue) { request in
            let fields = try RequestFields(request)
            try fields.allow(only: ["secret"])
            let secret = try RequestFields.required("secret", fields.text("secret", max: charactersMax))
            await provider.rotate(to: secret)
            return .json { json in json.field("rotated", true) }
        }
    }
}

extension PaymentProvider {
    fileprivate func setFaults(_ knobs: FaultKnobs) -> FaultKnobs {
        faults.set(knobs)
        return knobs
    }

    /// Events made before keep the signature of their time.
    fileprivate func rotate(to secret: String) {
        webhooks.secret = secret
    }
}
