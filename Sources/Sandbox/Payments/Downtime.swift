// SPDX-License-Identifier: Apache-2.0
import HTTP

/// A time in which a bank or network does not work well.
struct Downtime: Sendable {
    enum Severity: String, CaseIterable, Sendable {
        case low, medium, high
    }

    let id: String
    let method: ProviderPayment.Method.Name
    /// The bank, network or handle concerned.
    let instrument: String?
    /// Unix seconds.
    let begin: Int64
    var severity: Severity
    var end: Int64?
    var updatedAt: Int64
}

extension Downtime: EventEntity {
    static var eventName: String { "payment.downtime" }

    /// A minute later.
    var altered: Downtime {
        var downtime = self
        downtime.updatedAt += 60
        return downtime
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("entity", "payment.downtime")
            json.field("method", method.rawValue)
            json.field("begin", begin)
            json.field("end", end)
            json.field("status", end == nil ? "started" : "resolved")
            json.field("scheduled", false)
            json.field("severity", severity.rawValue)
            json.object("instrument") { json in
                guard let instrument else { return }
                switch method {
                case .upi: json.field("vpa_handle", instrument)
                case .card: json.field("network", instrument)
                case .netbanking: json.field("bank", instrument)
                case .wallet: json.field("wallet", instrument)
                }
            }
            json.field("created_at", begin)
            json.field("updated_at", updatedAt)
        }
    }
}
