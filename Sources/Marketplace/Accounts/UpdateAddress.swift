// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `PUT /api/addresses/update/`: changes what is given of an address.
struct UpdateAddress: Sendable {
    let dependencies: AccountsDependencies

    private struct Input: Sendable {
        let id: AddressID
        let fields: AddressInput
        let expectedVersion: Int64?
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal, honoursIfMatch: true) {
            try Self.read(request)
        } _: { transaction, input in
            try await commit(input, caller.user, transaction)
        }
    }

    private func commit(
        _ input: Input, _ user: UserID, _ transaction: PostgresTransaction
    ) async throws -> HTTPResponse {
        _ = try await AccountsStore.lockAddresses(of: user, in: transaction)
        guard let old = try await AccountsStore.address(input.id, of: user, in: transaction) else {
            throw Problem(.notFound)
        }
        if let expected = input.expectedVersion, expected != old.version {
            throw Problem.changedMeanwhile("address", version: old.version)
        }
        let postal = input.fields.applied(to: old.postal)
        let label = input.fields.label.isGiven ? input.fields.label.value : old.label
        if postal != old.postal || label != old.label {
            try AddressInput.check(postal)
            try await AccountsStore.replace(input.id, postal, label: label, in: transaction)
        }
        if let wish = input.fields.isDefaultShipping {
            try await AccountsStore.setDefault(.shipping, wish, input.id, of: user, in: transaction)
        }
        if let wish = input.fields.isDefaultBilling {
            try await AccountsStore.setDefault(.billing, wish, input.id, of: user, in: transaction)
        }
        guard let new = try await AccountsStore.address(input.id, of: user, in: transaction) else {
            throw Problem(.notFound)
        }
        return new.response()
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let ifMatch = try EntityTag.expectedVersion(of: request)
        let (id, fields, expected) = try request.json { body in
            (
                body.string("id", length: 1...64), AddressInput.read(&body, isComplete: false),
                body.expectedVersion(ifMatch: ifMatch)
            )
        }
        guard let id = AddressID(id) else { throw Problem(.notFound) }
        return Input(id: id, fields: fields, expectedVersion: expected)
    }
}
