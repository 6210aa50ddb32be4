// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP
import Postgres
import Synchronization

/// `POST /api/inventory/adjust/`: units of the seller's own variants come, go or are counted; all or nothing.
///
/// Key, units, movements and the stored answer commit together. Afterwards the inventory of this process adopts the rows and
/// the others are told, so that what came can be sold everywhere at once.
///
/// - Errors: 404 for a variant that is not the seller's; 409 `below-reserved` where fewer would be left than are promised.
struct AdjustStock: Sendable {
    let dependencies: InventoryDependencies

    /// What the request asks for, and what its transaction left for after the commit.
    private struct Work: Sendable {
        let changes: [StockChange]
        let left = Left()
    }

    private final class Left: Sendable {
        let rows = Mutex<[StockRow]>([])
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let seller = try await dependencies.desk.seller(of: caller, mustBeActive: false)
        return try await dependencies.transactions.run(request, as: caller.principal) {
            Work(changes: try Self.read(request))
        } _: { transaction, work in
            let store = StockStore(client: transaction)
            let foreign = try await store.foreign(work.changes.map(\.variant), to: seller, in: transaction)
            guard foreign.isEmpty else { throw Self.unknown(foreign, in: work.changes) }
            try await store.setThresholds(work.changes, in: transaction)
            switch try await store.adjust(
                work.changes, by: "user:\(caller.user.rawValue)", movement: { dependencies.ids.nextRawValue() },
                in: transaction)
            {
            case .refused(let refusals): throw Self.refusal(refusals, of: work.changes)
            case .done(let rows): work.left.rows.withLock { $0 = rows }
            }
            let levels = try await store.levels(of: work.changes.map(\.variant), in: transaction)
            var json = JSONWriter(capacity: 64 + levels.count * 256)
            json.object { json in json.field("levels", levels) }
            return HTTPResponse(.ok, body: json.bytes)
        } afterCommit: { work in
            let rows = work.left.rows.withLock { $0 }
            await dependencies.inventory.adopt(rows)
            await dependencies.changed(rows.map(\.variant))
        }
    }

    private static func unknown(_ variants: Set<VariantID>, in changes: [StockChange]) -> Problem {
        Problem(
            .notFound,
            errors: changes.enumerated().filter { variants.contains($0.element.variant) }.map { place, _ in
                .init(pointer: "/items/\(place)/variant_id", code: "not-found", message: "not one of the seller's")
            })
    }

    private static func refusal(
        _ refusals: [(place: Int, refusal: StockStore.Refusal)], of changes: [StockChange]
    ) -> Problem {
        let items = refusals.map { place, refusal -> Problem.Item in
            switch refusal {
            case .unknown:
                return .init(pointer: "/items/\(place)/variant_id", code: "not-found", message: "unknown")
            case .belowReserved(let reserved, let onHand):
                return .init(
                    pointer: "/items/\(place)", code: ProblemCode.belowReserved.rawValue,
                    message: "\(reserved) of \(onHand) are promised to orders",
                    members: [
                        ("variant_id", .string("\(changes[place].variant)")), ("reserved", .int(Int64(reserved))),
                        ("on_hand", .int(Int64(onHand))),
                    ])
            }
        }
        return Problem(
            .belowReserved, detail: "\(refusals.count) of \(changes.count) items cannot be changed so.", errors: items)
    }

    private static func read(_ request: RequestContext) throws -> [StockChange] {
        let units = Int(-StockChange.unitsMax)...StockChange.unitsMax
        let texts = try request.json { body in
            body.array("items", count: 1...StockChange.changesMax) { item in
                let delta = item.optionalInt("delta", in: units)
                let target = item.optionalInt("set_to", in: 0...StockChange.unitsMax)
                if (delta == nil) == (target == nil) {
                    item.fail("delta", code: "required", message: "exactly one of delta and set_to")
                }
                return (
                    variant: item.string("variant_id", length: 1...64), delta: delta.map { Int32(clamping: $0) },
                    target: target.map { Int32(clamping: $0) }, reason: item.string("reason", length: 1...200),
                    lowAt: item.optionalInt("low_stock_threshold", in: 0...1_000_000).map { Int32(clamping: $0) }
                )
            }
        }
        var seen: Set<VariantID> = []
        return try texts.enumerated().map { place, text in
            guard let variant = VariantID(text.variant) else {
                throw Problem(
                    .notFound,
                    errors: [.init(pointer: "/items/\(place)/variant_id", code: "not-found", message: "unknown")])
            }
            guard seen.insert(variant).inserted else {
                throw Problem(
                    .validationFailed,
                    errors: [
                        .init(pointer: "/items/\(place)/variant_id", code: "repeated", message: "named before")
                    ])
            }
            return StockChange(
                variant: variant, delta: text.delta, target: text.target, reason: text.reason, lowAt: text.lowAt)
        }
    }
}
