// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// Something that writes products, in its transaction: who does it, where it is written down.
///
/// - Isolation: used on the loop of its transaction, until that ends.
struct ProductAct {
    let transaction: PostgresTransaction
    let user: UserID
    /// The request, or what stands in its place for a job.
    let requestID: String
    private let actor: AuditActor

    /// A request.
    init(transaction: PostgresTransaction, caller: Caller, request: RequestContext) {
        self.transaction = transaction
        user = caller.user
        requestID = request.requestID.description
        actor = AuditActor(caller, of: request)
    }

    /// A row of a table that a user has sent before.
    init(transaction: PostgresTransaction, user: UserID, reference: String) {
        self.transaction = transaction
        self.user = user
        requestID = reference
        actor = .user(user, ip: nil)
    }

    var store: ProductStore { ProductStore(client: transaction) }

    /// Writes an act down in the audit log.
    ///
    /// - Parameter isOurs: the server did it in consequence, such as the approval of what a trusted seller hands in.
    func audit(
        _ action: String, _ product: OwnedProduct, from before: OwnedProduct?, reason: String? = nil,
        isOurs: Bool = false
    ) async throws {
        try await AuditLog.append(
            AuditRecord(
                action: action, actor: isOurs ? .system : actor, entityType: "product",
                entityID: product.id.rawValue, before: before.map { Self.state($0, since: product) },
                after: Self.state(product, since: before), reason: reason, requestID: requestID),
            in: transaction)
    }

    /// The state of a product, and the prices in which it differs from another one.
    private static func state(_ product: OwnedProduct, since other: OwnedProduct?) -> [UInt8] {
        let known = Dictionary((other?.variants ?? []).map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        var json = JSONWriter()
        json.object { json in
            json.field("status", product.listing.rawValue)
            json.field("moderation", product.moderation.rawValue)
            json.field("revision", product.revision)
            json.field("version", product.version)
            json.array("variants") { json in
                for variant in product.variants
                where known[variant.id]?.price != variant.price || known[variant.id]?.status != variant.status {
                    json.object { json in
                        json.field("id", variant.id)
                        json.field("status", variant.status.rawValue)
                        json.field("price_minor", variant.price)
                    }
                }
            }
        }
        return json.bytes
    }
}
