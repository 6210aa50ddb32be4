// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/addresses/create/`: one more address; the first one becomes the default for everything.
struct CreateAddress: Sendable {
    let dependencies: AccountsDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            let input = try request.json { AddressInput.read(&$0, isComplete: true) }
            try AddressInput.check(input.postal)
            return input
        } _: { transaction, input in
            let count = try await AccountsStore.lockAddresses(of: caller.user, in: transaction)
            guard count < AccountsStore.addressesMax else {
                throw Problem(.validationFailed, detail: "An address book has \(AccountsStore.addressesMax) places.")
            }
            let id: AddressID = dependencies.ids.next()
            try await AccountsStore.insert(
                id, of: caller.user, input.postal, label: input.label.value, in: transaction)
            for (use, wish) in [
                (AccountsStore.AddressUse.shipping, input.isDefaultShipping), (.billing, input.isDefaultBilling),
            ] where wish ?? (count == 0) {
                try await AccountsStore.setDefault(use, true, id, of: caller.user, in: transaction)
            }
            guard let made = try await AccountsStore.address(id, of: caller.user, in: transaction) else {
                throw Problem(.notFound)
            }
            return made.response(.created)
        }
    }
}

extension UserAddress {
    /// The address as an answer, with the tag of its version.
    func response(_ status: HTTPStatus = .ok) -> HTTPResponse {
        var response = HTTPResponse.json(self, status)
        response.headers.append(EntityTag(version: version).header)
        return response
    }
}
