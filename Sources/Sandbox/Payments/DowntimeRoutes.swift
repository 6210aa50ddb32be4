// SPDX-License-Identifier: Apache-2.0
import HTTP

/// Which methods there are (`/methods`) and how they do: `/v1/payments/downtimes`, `/control/downtimes`.
enum DowntimeRoutes {
    static func routes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        let control = CallGate.Access.control.rawValue
        return [
            // Without /v1: so the SDK asks.
            Route(.get, "/methods", name: "methods", access: access, query: nil) { _ in .json(PaymentMethods()) },
            Route(.get, "/v1/payments/downtimes", name: "downtimes.all", access: access, query: nil) { _ in
                .json(EntityList(items: Array(await provider.book.downtimes.newestFirst)))
            },
            Route(.get, "/v1/payments/downtimes/{id}", name: "downtimes.fetch", access: access, query: nil) { request in
                .json(try await provider.book.downtime(request.id))
            },
            Route(.post, "/control/downtimes", name: "control.downtime", access: control) { request in
                let fields = try RequestFields(request)
                try fields.allow(only: ["method", "severity", "instrument"])
                let method = try RequestFields.required(
                    "method", fields.choice("method", of: ProviderPayment.Method.Name.self))
                let severity = try fields.choice("severity", of: Downtime.Severity.self) ?? .high
                let instrument = try fields.text("instrument", max: 64)
                return .json(try await provider.startDowntime(method, instrument, severity))
            },
            Route(.post, "/control/downtimes/{id}/updated", name: "control.downtime.updated", access: control) {
                request in
                let fields = try RequestFields(request)
                try fields.allow(only: ["severity"])
                let severity = try RequestFields.required(
                    "severity", fields.choice("severity", of: Downtime.Severity.self))
                return .json(try await provider.changeDowntime(request.id, severity))
            },
            Route(.post, "/control/downtimes/{id}/resolved", name: "control.downtime.resolved", access: control) {
                request in
                try RequestFields(request).allow(only: [])
                return .json(try await provider.changeDowntime(request.id, nil))
            },
        ]
    }
}

/// The methods of the test account.
private struct PaymentMethods: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("entity", "methods")
            for name in ["card", "debit_card", "credit_card", "prepaid_card", "upi"] {
                json.key(dynamic: name)
                json.value(true)
            }
            json.object("card_networks") { json in
                for name in ["VISA", "MC", "RUPAY"] {
                    json.key(dynamic: name)
                    json.value(1)
                }
            }
            json.object("netbanking") { json in json.field("HDFC", "HDFC Bank") }
            json.object("wallet") { json in json.field("olamoney", true) }
            json.field("emi", false)
            json.field("amex", false)
        }
    }
}

extension OrderBook {
    func downtime(_ id: String) throws(ProviderError) -> Downtime {
        guard let downtime = downtimes[id] else { throw .unknownID }
        return downtime
    }

    /// When there are too many the oldest goes.
    mutating func start(_ downtime: Downtime) -> (Downtime, [EventDraft]) {
        downtimes.makeRoom(in: limits.downtimes)
        downtimes[downtime.id] = downtime
        return (downtime, [EventDraft(.downtimeStarted, downtime)])
    }

    /// - Parameter severity: nil ends it.
    mutating func change(
        _ id: String, _ severity: Downtime.Severity?, at now: Int64
    ) throws(ProviderError) -> (Downtime, [EventDraft]) {
        var downtime = try downtime(id)
        guard downtime.end == nil else { throw .refused("The downtime is resolved already.") }
        downtime.updatedAt = now
        if let severity { downtime.severity = severity } else { downtime.end = now }
        downtimes[id] = downtime
        return (downtime, [EventDraft(severity == nil ? .downtimeResolved : .downtimeUpdated, downtime)])
    }
}

extension PaymentProvider {
    fileprivate func startDowntime(
        _ method: ProviderPayment.Method.Name, _ instrument: String?, _ severity: Downtime.Severity
    ) throws(ProviderError) -> Downtime {
        let now = seconds
        let downtime = Downtime(
            id: ids.make("down_"), method: method, instrument: instrument, begin: now, severity: severity,
            updatedAt: now)
        return try happen { (book) throws(ProviderError) in book.start(downtime) }
    }

    fileprivate func changeDowntime(_ id: String, _ severity: Downtime.Severity?) throws(ProviderError) -> Downtime {
        let now = seconds
        return try happen { (book) throws(ProviderError) in try book.change(id, severity, at: now) }
    }
}
