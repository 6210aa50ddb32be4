// SPDX-License-Identifier: Apache-2.0
public import HTTP
import MarketCore
import MarketHTTP

/// The endpoints of the ledger, of commission rules and of tax rates: admins' all of them.
public func ledgerRoutes(_ dependencies: LedgerDependencies) -> [Route] {
    let gate = dependencies.gate
    func read(
        _ path: String, _ name: String, _ permission: Permissions, query: [String] = [],
        _ description: RouteDescription, _ handler: @escaping Gate.UserHandler
    ) -> Route {
        gate.route(
            .get, path, name: name, role: .admin, permission: permission, query: query, handler: handler
        ).described(as: description)
    }
    func write(
        _ path: String, _ name: String, _ permission: Permissions, _ idempotency: Route.Idempotency,
        _ description: RouteDescription, _ handler: @escaping Gate.UserHandler
    ) -> Route {
        gate.route(
            .post, path, name: name, role: .admin, permission: permission, idempotency: idempotency,
            bodyMax: 64 * 1024, handler: handler
        ).described(as: description)
    }
    return [
        write(
            "/api/admin/commission/set/", "admin.commission.set", .commissionWrite, .accepted,
            SetCommission.description, SetCommission(dependencies: dependencies).answer),
        read(
            ReadCommissions.path, "admin.commission.get", .commissionRead, query: ReadCommissions.parameters,
            ReadCommissions.description, ReadCommissions(dependencies: dependencies).answer),
        read(
            ListLedgerAccounts.path, "admin.ledger.accounts", .settlementsRead, query: ListLedgerAccounts.parameters,
            ListLedgerAccounts.description, ListLedgerAccounts(dependencies: dependencies).answer),
        read(
            ListLedgerEntries.path, "admin.ledger.entries", .settlementsRead, query: ListLedgerEntries.parameters,
            ListLedgerEntries.description, ListLedgerEntries(dependencies: dependencies).answer),
        read(
            "/api/admin/ledger/trace/", "admin.ledger.trace", .settlementsRead, query: TraceLedger.parameters,
            TraceLedger.description, TraceLedger(dependencies: dependencies).answer),
        read(
            ListAdjustments.path, "admin.ledger.adjustments", .settlementsRead, query: ListAdjustments.parameters,
            ListAdjustments.description, ListAdjustments(dependencies: dependencies).answer),
        write(
            "/api/admin/ledger/adjust/", "admin.ledger.adjust", .settlementsWrite, .required,
            AdjustLedger.description, AdjustLedger(dependencies: dependencies).answer),
        write(
            "/api/admin/ledger/adjust/decide/", "admin.ledger.adjust.decide", .settlementsWrite, .required,
            DecideAdjustment.description, DecideAdjustment(dependencies: dependencies).answer),
        read(
            "/api/admin/tax-rates/", "admin.tax-rates", .commissionRead, ListTaxRates.description,
            ListTaxRates(dependencies: dependencies).answer),
        write(
            "/api/admin/tax-rates/set/", "admin.tax-rates.set", .commissionWrite, .accepted, SetTaxRate.description,
            SetTaxRate(dependencies: dependencies).answer),
    ]
}
