// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The endpoints with which admins look after users.
func adminUserRoutes(_ dependencies: AccountsDependencies, _ bodyMax: Int) -> [Route] {
    let gate = dependencies.gate
    return [
        gate.route(
            .get, ListUsers.path, name: "admin.users", role: .admin, permission: .usersRead,
            query: ListUsers.parameters, handler: ListUsers(dependencies: dependencies).answer
        ).described(as: ListUsers.description),
        gate.route(
            .get, "/api/admin/users/detail/", name: "admin.users.detail", role: .admin, permission: .usersRead,
            query: ["id"], handler: ReadUser(dependencies: dependencies).answer
        ).described(as: ReadUser.description),
        gate.route(
            .post, "/api/admin/users/block/", name: "admin.users.block", role: .admin, permission: .usersWrite,
            idempotency: .accepted, bodyMax: bodyMax, handler: BlockUser(dependencies: dependencies).answer
        ).described(as: BlockUser.description),
        gate.route(
            .post, "/api/admin/users/unblock/", name: "admin.users.unblock", role: .admin, permission: .usersWrite,
            idempotency: .accepted, bodyMax: bodyMax, handler: UnblockUser(dependencies: dependencies).answer
        ).described(as: UnblockUser.description),
    ]
}
