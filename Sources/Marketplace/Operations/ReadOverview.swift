// SPDX-License-Identifier: Apache-2.0
public import HTTP
import MarketCore
import MarketHTTP

/// `GET /api/admin/ops/overview/`: how the shop is, all at once.
struct ReadOverview: Sendable {
    static let path = "/api/admin/ops/overview/"

    let dependencies: OperationsDependencies

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        .json(try await dependencies.ports.overview(), capacity: 4096)
    }
}

extension ShopOverview: JSONWritable {
    /// Writes `Overview`.
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.key("orders_per_second")
            json.raw(Self.perSecond(shared.ordersOfMinute))
            json.field("open_payments", shared.openPayments)
            json.object("reservations") { json in
                json.field("held", shared.held)
                json.field("oldest_seconds", shared.oldestHeldSeconds)
            }
            json.object("inbox") { json in
                json.field("waiting", shared.inboxWaiting)
                json.field("lag_seconds", shared.inboxLagSeconds)
            }
            json.object("outbox") { json in json.field("lag_seconds", shared.outboxLagSeconds) }
            json.object("answering") { json in own.writeMembers(to: &json) }
            json.array("nodes") { json in
                for node in shared.nodes { json.value(node) }
            }
            json.array("invariants") { json in
                for invariant in shared.invariants { json.value(invariant) }
            }
        }
    }

    /// A sixtieth, to the thousandth.
    static func perSecond(_ ofMinute: Int64) -> [UInt8] {
        let thousandths = (ofMinute * 1000 + 30) / 60
        let digits = String(1000 + thousandths % 1000).dropFirst()
        return Array("\(thousandths / 1000).\(digits)".utf8)
    }
}

extension ShopOverview.Own {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.object("latency_us") { json in
            json.field("p50", p50)
            json.field("p99", p99)
        }
        json.array("mailboxes") { json in
            for mailbox in mailboxes {
                json.object { json in
                    json.field("actor", mailbox.actor)
                    json.field("waiting", mailbox.waiting)
                }
            }
        }
        json.array("pools") { json in
            for pool in pools {
                json.object { json in
                    json.field("name", pool.name)
                    json.field("idle", pool.idle)
                    json.field("busy", pool.busy)
                    json.field("waiting", pool.waiting)
                }
            }
        }
    }
}

extension ShopOverview.Node: JSONWritable {
    /// Writes the object.
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("worker", worker)
            json.field("lease_until", leaseUntil)
            json.field("leads", leads)
        }
    }
}

extension ShopOverview.Invariant: JSONWritable {
    /// Writes the object.
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("name", name)
            json.field("ok", holds)
            json.field("value", offenders)
            json.field("since", since)
        }
    }
}
