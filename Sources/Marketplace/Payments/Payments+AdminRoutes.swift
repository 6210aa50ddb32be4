// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The endpoints with which admins look after disputes and operators after the provider's events.
func paymentAdminRoutes(_ dependencies: PaymentsDependencies) -> [Route] {
    let gate = dependencies.gate
    return [
        gate.route(
            .get, ListDisputes.path, name: "admin.disputes", role: .admin, permission: .ordersRead,
            query: ListDisputes.parameters, handler: ListDisputes(dependencies: dependencies).answer
        ).described(as: ListDisputes.description),
        gate.route(
            .post, "/api/admin/disputes/evidence/", name: "admin.disputes.evidence", role: .admin,
            permission: .refundsWrite, idempotency: .accepted,
            handler: SubmitEvidence(dependencies: dependencies).answer
        ).described(as: SubmitEvidence.description),
        gate.route(
            .post, "/api/admin/disputes/accept/", name: "admin.disputes.accept", role: .admin,
            permission: .refundsWrite, idempotency: .accepted, handler: AcceptDispute(dependencies: dependencies).answer
        ).described(as: AcceptDispute.description),
        gate.route(
            .get, ListInbox.path, name: "admin.ops.inbox", role: .admin, permission: .opsRead,
            query: ListInbox.parameters, handler: ListInbox(dependencies: dependencies).answer
        ).described(as: ListInbox.description),
        gate.route(
            .post, "/api/admin/ops/inbox/replay/", name: "admin.ops.inbox.replay", role: .admin, permission: .opsWrite,
            idempotency: .accepted, handler: ReplayInbox(dependencies: dependencies).answer
        ).described(as: ReplayInbox.description),
        gate.route(
            .get, ListReconciliations.path, name: "admin.reconciliation.list", role: .admin,
            permission: .settlementsRead, query: Pages.parametersAndSort,
            handler: ListReconciliations(dependencies: dependencies).answer
        ).described(as: ListReconciliations.description),
        gate.route(
            .get, "/api/admin/reconciliation/detail/", name: "admin.reconciliation.detail", role: .admin,
            permission: .settlementsRead, query: ["id"], handler: ReadReconciliation(dependencies: dependencies).answer
        ).described(as: ReadReconciliation.description),
        gate.route(
            .post, "/api/admin/reconciliation/run/", name: "admin.reconciliation.run", role: .admin,
            permission: .settlementsWrite, idempotency: .accepted,
            handler: RunReconciliation(dependencies: dependencies).answer
        ).described(as: RunReconciliation.description),
    ]
}
