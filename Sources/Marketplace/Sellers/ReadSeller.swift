// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/admin/sellers/detail/`: the whole of a seller, its documents under addresses that this admin may use for five
/// minutes.
struct ReadSeller: Sendable {
    let dependencies: SellersDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        guard let id = SellerID(try request.query.required("id")) else { throw SellersDependencies.noSeller }
        return try await response(id, for: caller.userSession, in: dependencies.pool.reads)
    }

    /// A seller as admins see it.
    func response(
        _ id: SellerID, for admin: UserSession, in client: some PostgresClient
    ) async throws -> HTTPResponse {
        guard try await SellerStore.seller(id, in: client) != nil else { throw SellersDependencies.noSeller }
        let balance = try await SellerStore.balance(of: id, in: client)
        let history = try await SellerHistoryStore.entries(of: id, in: client)
        let commission = try await dependencies.ports.commission(id, client)
        let (links, now) = (dependencies.links, dependencies.clock.now())
        return try await dependencies.response(id, in: client) { progress, json in
            progress.writeRequirements(to: &json)
            balance.write(to: &json)
            json.field("open_orders", balance.openOrders)
            json.array("kyc_documents") { json in
                for document in progress.documents {
                    json.object { json in
                        document.writeMembers(to: &json)
                        json.field("url", links.url(of: document.id, for: admin, now: now))
                    }
                }
            }
            Self.writePeople(progress.seller, to: &json)
            Self.write(commission, to: &json)
            json.array("history") { json in for entry in history { Self.write(entry, to: &json) } }
        }
    }

    private static func writePeople(_ seller: Seller, to json: inout JSONWriter) {
        json.array("team") { json in
            guard let owner = seller.owner else { return }
            json.object { json in
                json.field("user_id", owner)
                json.field("role", "owner")
            }
        }
        json.key("commission_override")
        if let rate = seller.commission {
            json.object { $0.field("rate_bps", rate) }
        } else {
            json.null()
        }
    }

    /// The rule for what no rule of a product or a category is for.
    private static func write(_ rule: CommissionRule?, to json: inout JSONWriter) {
        json.key("commission")
        guard let rule else { return json.null() }
        let isOwn = if case .seller = rule.scope { true } else { false }
        json.object { json in
            json.field("rule_id", rule.id)
            json.field("version", rule.version)
            json.field("scope", isOwn ? "seller" : "global")
            json.field("rate_bps", rule.rate)
            json.field("fixed_fee", Money(minor: rule.fixedFee, currency: rule.currency))
            json.fieldIfPresent("min_fee", rule.minFee.map { Money(minor: $0, currency: rule.currency) })
            json.fieldIfPresent("max_fee", rule.maxFee.map { Money(minor: $0, currency: rule.currency) })
            json.field("effective_from", rule.effectiveFrom)
            json.fieldIfPresent("effective_to", rule.effectiveTo)
        }
    }

    private static func write(_ entry: SellerHistoryStore.Entry, to json: inout JSONWriter) {
        json.object { json in
            json.field("at", entry.at)
            json.field("subject", entry.subject)
            json.field("event", entry.event)
            json.field("from", entry.from)
            json.field("to", entry.to)
            json.field("actor", entry.actorType)
            json.fieldIfPresent("reason_code", entry.reasonCode)
            json.fieldIfPresent("note", entry.note)
        }
    }
}
