// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// The endpoints of the caller's address book.
func addressRoutes(_ dependencies: AccountsDependencies, _ bodyMax: Int) -> [Route] {
    func write(
        _ method: HTTPMethod, _ path: String, _ name: String, _ description: RouteDescription,
        _ handler: @escaping Gate.UserHandler
    ) -> Route {
        dependencies.gate.route(
            method, path, name: name, idempotency: .accepted, bodyMax: bodyMax, handler: handler
        ).described(as: description)
    }
    return [
        dependencies.gate.route(
            .get, "/api/addresses/list/", name: "addresses.list",
            handler: ListAddresses(dependencies: dependencies).answer
        ).described(as: ListAddresses.description),
        write(
            .post, "/api/addresses/create/", "addresses.create", CreateAddress.description,
            CreateAddress(dependencies: dependencies).answer),
        write(
            .put, "/api/addresses/update/", "addresses.update", UpdateAddress.description,
            UpdateAddress(dependencies: dependencies).answer),
        write(
            .post, "/api/addresses/delete/", "addresses.delete", DeleteAddress.description,
            DeleteAddress(dependencies: dependencies).answer),
        write(
            .post, "/api/addresses/set-default/", "addresses.set-default", SetDefaultAddress.description,
            SetDefaultAddress(dependencies: dependencies).answer),
    ]
}
