// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore
public import MarketHTTP

/// What the admins' endpoints of categories are made of.
public struct CategoryDependencies: Sendable {
    let gate: Gate
    let transactions: KeyedTransactions
    let ids: IDGenerator
    /// Called after the commit of a change of the tree; with true where offers are taxed otherwise. Must not fail.
    let changed: @Sendable (_ taxesChanged: Bool) async -> Void

    /// Hands everything in.
    public init(
        gate: Gate, transactions: KeyedTransactions, ids: IDGenerator,
        changed: @escaping @Sendable (_ taxesChanged: Bool) async -> Void
    ) {
        self.gate = gate
        self.transactions = transactions
        self.ids = ids
        self.changed = changed
    }
}

/// The admins' endpoints of categories.
public func categoryAdminRoutes(_ dependencies: CategoryDependencies) -> [Route] {
    let gate = dependencies.gate
    let create = CreateCategory(dependencies: dependencies)
    let update = UpdateCategory(dependencies: dependencies)
    let move = MoveCategory(dependencies: dependencies)
    let delete = DeleteCategory(dependencies: dependencies)
    return [
        gate.route(
            .post, "/api/admin/categories/create/", name: "admin.categories.create", role: .admin,
            permission: .productsWrite, idempotency: .accepted
        ) {
            try await create.handle($0, $1)
        }.described(as: CreateCategory.description),
        gate.route(
            .put, "/api/admin/categories/update/", name: "admin.categories.update", role: .admin,
            permission: .productsWrite, idempotency: .accepted
        ) {
            try await update.handle($0, $1)
        }.described(as: UpdateCategory.description),
        gate.route(
            .post, "/api/admin/categories/move/", name: "admin.categories.move", role: .admin,
            permission: .productsWrite, idempotency: .accepted
        ) {
            try await move.handle($0, $1)
        }.described(as: MoveCategory.description),
        gate.route(
            .post, "/api/admin/categories/delete/", name: "admin.categories.delete", role: .admin,
            permission: .productsWrite, idempotency: .accepted
        ) {
            try await delete.handle($0, $1)
        }.described(as: DeleteCategory.description),
    ]
}
