// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres

/// The SQL of address books.
extension AccountsStore {
    /// Addresses of one user: more than anybody sends to, and few enough to be listed at once.
    static let addressesMax = 50

    /// What a default is for.
    enum AddressUse: String, CaseIterable, Sendable {
        case shipping, billing
    }

    /// All addresses of a user, oldest first.
    static func addresses(of user: UserID, in client: some PostgresClient) async throws(PostgresError) -> [UserAddress]
    {
        let rows = try await client.query(
            """
            select id, label, name, phone, line1, line2, city, state_code, postal_code, country, gstin,
                   is_default_shipping, is_default_billing, version
              from accounts.addresses where user_id = $1 order by id limit $2
            """, user.rawValue, Int64(addressesMax))
        var addresses: [UserAddress] = []
        for row in rows { addresses.append(try address(row)) }
        return addresses
    }

    /// One address of a user's; nil for somebody else's.
    static func address(
        _ id: AddressID, of user: UserID, in client: some PostgresClient
    ) async throws(PostgresError) -> UserAddress? {
        let row = try await client.first(
            """
            select id, label, name, phone, line1, line2, city, state_code, postal_code, country, gstin,
                   is_default_shipping, is_default_billing, version
              from accounts.addresses where id = $1 and user_id = $2
            """, id.rawValue, user.rawValue)
        return try row.map(address)
    }

    /// Has the user's address book to oneself until the transaction ends; returns how many addresses are in it.
    static func lockAddresses(of user: UserID, in transaction: PostgresTransaction) async throws(PostgresError) -> Int {
        try await transaction.execute(
            "select id from accounts.users where id = $1 order by id for no key update", user.rawValue)
        return try await transaction.query(
            "select count(*) from accounts.addresses where user_id = $1", user.rawValue
        ).only().int(0)
    }

    /// Adds an address, no default of any kind.
    static func insert(
        _ id: AddressID, of user: UserID, _ postal: PostalAddress, label: String?, in client: some PostgresClient
    ) async throws(PostgresError) {
        try await client.execute(
            """
            insert into accounts.addresses
                   (id, user_id, label, name, phone, line1, line2, city, state_code, postal_code, gstin)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """, id.rawValue, user.rawValue, label, postal.name, postal.phone, postal.line1, postal.line2, postal.city,
            postal.state, postal.postalCode, postal.gstin)
    }

    /// Replaces an address; orders keep the copy that they have.
    static func replace(
        _ id: AddressID, _ postal: PostalAddress, label: String?, in client: some PostgresClient
    ) async throws(PostgresError) {
        try await client.execute(
            """
            update accounts.addresses
               set label = $2, name = $3, phone = $4, line1 = $5, line2 = $6, city = $7, state_code = $8,
                   postal_code = $9, gstin = $10, version = version + 1, updated_at = now()
             where id = $1
            """, id.rawValue, label, postal.name, postal.phone, postal.line1, postal.line2, postal.city, postal.state,
            postal.postalCode, postal.gstin)
    }

    /// Removes an address; false when it is not the user's.
    static func remove(
        _ id: AddressID, of user: UserID, in client: some PostgresClient
    ) async throws(PostgresError) -> Bool {
        try await client.first(
            "delete from accounts.addresses where id = $1 and user_id = $2 returning id", id.rawValue, user.rawValue)
            != nil
    }

    /// Makes an address the default for a use, in place of the one before, or takes the default from it.
    static func setDefault(
        _ use: AddressUse, _ isDefault: Bool, _ id: AddressID, of user: UserID, in client: some PostgresClient
    ) async throws(PostgresError) {
        let isShipping = use == .shipping
        // The one before first: there is never a second one.
        if isDefault {
            try await client.execute(
                """
                update accounts.addresses
                   set is_default_shipping = is_default_shipping and not $3, is_default_billing = is_default_billing and $3,
                       version = version + 1, updated_at = now()
                 where user_id = $1 and id <> $2 and case when $3 then is_default_shipping else is_default_billing end
                """, user.rawValue, id.rawValue, isShipping)
        }
        try await client.execute(
            """
            update accounts.addresses
               set is_default_shipping = case when $3 then $4 else is_default_shipping end,
                   is_default_billing = case when $3 then is_default_billing else $4 end,
                   version = version + 1, updated_at = now()
             where user_id = $1 and id = $2
               and case when $3 then is_default_shipping else is_default_billing end <> $4
            """, user.rawValue, id.rawValue, isShipping, isDefault)
    }

    static func address(_ row: PostgresRow) throws(PostgresError) -> UserAddress {
        UserAddress(
            id: AddressID(rawValue: try row.int64(0)), label: try row.stringOrNil(1),
            postal: PostalAddress(
                name: try row.string(2), phone: try row.string(3), line1: try row.string(4),
                line2: try row.stringOrNil(5), city: try row.string(6), state: try row.string(7),
                postalCode: try row.string(8), gstin: try row.stringOrNil(10)),
            country: try row.string(9), isDefaultShipping: try row.bool(11), isDefaultBilling: try row.bool(12),
            version: try row.int64(13))
    }
}
