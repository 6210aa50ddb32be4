// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import MarketHTTP
import Postgres

/// The arrays of `checkout.save_carts_v3`, column by column.
struct CartParameters {
    private let writes: [CartWrite]
    private let removed: [(write: Int, line: CartLineID)]
    private let changed: [(write: Int, line: CartState.Line)]
    private let added: [(write: Int, line: CartState.Line)]

    init(_ writes: [CartWrite]) {
        self.writes = writes
        let numbered = zip(1..., writes)
        removed = numbered.flatMap { number, write in write.removed.map { (number, $0) } }
        changed = numbered.flatMap { number, write in write.changed.map { (number, $0) } }
        added = numbered.flatMap { number, write in write.added.map { (number, $0) } }
    }

    func encoded() -> PostgresParameters {
        var parameters = PostgresParameters()
        let answers = writes.reduce(0) { $0 + ($1.key?.answer.byteCount ?? 0) }
        parameters.reserve(
            parameters: 26, bytes: 1024 + answers + writes.count * 192 + (changed.count + added.count) * 96)
        appendCarts(to: &parameters)
        appendKeys(to: &parameters)
        parameters.appendArray(removed) { Int32(clamping: $0.write) }
        parameters.appendArray(removed) { $0.line.rawValue }
        parameters.appendArray(changed) { Int32(clamping: $0.write) }
        parameters.appendArray(changed) { $0.line.id.rawValue }
        appendLines(changed, to: &parameters)
        parameters.appendArray(added) { Int32(clamping: $0.write) }
        parameters.appendArray(added) { $0.line.id.rawValue }
        parameters.appendArray(added) { $0.line.variant.rawValue }
        appendLines(added, to: &parameters)
        return parameters
    }

    private func appendCarts(to parameters: inout PostgresParameters) {
        parameters.appendArray(writes) { $0.cart.rawValue }
        parameters.appendArray(writes) { $0.expectedVersion }
        parameters.appendArray(writes) { $0.number }
        parameters.appendOptionalArray(writes) { write -> Int64? in
            switch write.company {
            case nil: nil
            case .nobody: 0
            case .company(let company, _): company.rawValue
            }
        }
        parameters.appendOptionalArray(writes) { write -> Int64? in
            if case .company(_, let user) = write.company { user.rawValue } else { nil }
        }
        parameters.appendOptionalArray(writes) { write -> Int64? in
            switch write.shippingAddress {
            case nil: nil
            case .nowhere: 0
            case .to(let address): address.rawValue
            }
        }
    }

    private func appendKeys(to parameters: inout PostgresParameters) {
        parameters.appendOptionalArray(writes) { $0.key?.claim.digest.bytes }
        parameters.appendOptionalArray(writes) { $0.key?.claim.fingerprint.bytes }
        parameters.appendOptionalArray(writes) { $0.key.map { Int32(clamping: $0.claim.retention.components.seconds) } }
        parameters.appendOptionalArray(writes) { $0.key.map { Int16(clamping: $0.answer.status) } }
        parameters.appendOptionalArray(writes) { $0.key?.answer.fieldBytes }
        parameters.appendOptionalArray(writes) { $0.key?.answer.body }
        parameters.appendOptionalArray(writes) { $0.key?.claim.user?.rawValue }
    }

    private func appendLines(
        _ lines: [(write: Int, line: CartState.Line)], to parameters: inout PostgresParameters
    ) {
        parameters.appendArray(lines) { Int32(clamping: $0.line.quantity) }
        parameters.appendOptionalArray(lines) { $0.line.note }
        parameters.appendArray(lines) { $0.line.unitPriceSeen }
    }

    /// The first eight parameters of `checkout.save_cart_v1`: a change without a key.
    static func alone(_ write: CartWrite) -> PostgresParameters {
        var parameters = PostgresParameters()
        let lines = write.changed + write.added
        parameters.append(write.cart.rawValue)
        parameters.append(write.expectedVersion)
        parameters.appendArray(lines) { $0.id.rawValue }
        parameters.appendArray(lines) { $0.variant.rawValue }
        parameters.appendArray(lines) { Int32(clamping: $0.quantity) }
        parameters.appendOptionalArray(lines) { $0.note }
        parameters.appendArray(lines) { $0.unitPriceSeen }
        parameters.appendArray(write.removed) { $0.rawValue }
        return parameters
    }
}
