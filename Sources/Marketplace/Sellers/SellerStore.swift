// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Pictures
import Postgres

/// The SQL of sellers.
enum SellerStore {
    static let columns = """
        s.id, s.owner_user_id, s.slug, s.business_name, s.legal_name, s.type, s.gstin, s.pan_masked, s.contact, s.pickup_addresses,
        s.return_policy, s.account_holder, s.account_masked, s.ifsc, s.bank_verified_at is not null, s.status, s.kyc_status,
        s.rating_count, s.rating_sum, s.trusted, s.holiday_from, s.holiday_to, s.about, s.payouts_held_until, s.reason_code,
        s.reason_note, s.may_resubmit, s.commission_bps, s.created_at, s.version, s.logo_image_id,
        \(PictureStore.columns(of: "l"))
        """
    /// Where a statement's further columns begin.
    static let columnCount = 31 + PictureStore.columnCount
    /// Behind `s`.
    static let withLogo = "left join sellers.images l on l.id = s.logo_image_id"

    /// The seller that a user owns.
    static func seller(ownedBy user: UserID, in client: some PostgresClient) async throws -> Seller? {
        try await client.first(SQL.ofOwner, user.rawValue).map(seller)
    }

    static func seller(_ id: SellerID, in client: some PostgresClient) async throws -> Seller? {
        try await client.first(SQL.byID, id.rawValue).map(seller)
    }

    /// What buyers may look at.
    static func activeSeller(slug: String, in client: some PostgresClient) async throws -> Seller? {
        try await client.first(SQL.activeBySlug, slug).map(seller)
    }

    /// Locks a seller: whatever is decided about it is decided one after the other.
    static func lock(_ id: SellerID, in transaction: PostgresTransaction) async throws -> Seller? {
        try await transaction.first(SQL.lock, id.rawValue).map(seller)
    }

    static func lock(ownedBy user: UserID, in transaction: PostgresTransaction) async throws -> Seller? {
        try await transaction.first(SQL.lockOfOwner, user.rawValue).map(seller)
    }

    static func seller(_ row: PostgresRow) throws -> Seller {
        var bank: Seller.Bank?
        if let holder = try row.stringOrNil(11), let account = try row.stringOrNil(12),
            let ifsc = try row.stringOrNil(13)
        {
            bank = Seller.Bank(holder: holder, accountMasked: account, ifsc: ifsc, isVerified: try row.bool(14))
        }
        var holiday: (Timestamp, Timestamp)?
        if let from = try moment(row, 20), let to = try moment(row, 21) { holiday = (from, to) }
        let note = try row.stringOrNil(25)
        return Seller(
            id: SellerID(rawValue: try row.int64(0)), owner: try row.int64OrNil(1).map { UserID(rawValue: $0) },
            slug: try row.string(2), businessName: try row.string(3), legalName: try row.stringOrNil(4),
            type: try row.stringOrNil(5).flatMap { SellerType(rawValue: $0) }, gstin: try row.stringOrNil(6),
            panMasked: try row.stringOrNil(7), contact: try row.bytes(8), pickupAddresses: try row.bytes(9),
            returnPolicy: try row.decode(10, as: PostgresJSON?.self)?.bytes, bank: bank,
            // An unknown state sells nothing: an older server must not let on whom a newer one has stopped.
            status: SellerStatus(rawValue: try row.string(15)) ?? .suspended,
            kyc: KYCStatus(rawValue: try row.string(16)) ?? .underReview,
            rating: (Int64(try row.int(17)), try row.int64(18)), isTrusted: try row.bool(19), holiday: holiday,
            about: try row.stringOrNil(22), payoutsHeldUntil: try moment(row, 23),
            reason: try row.stringOrNil(24).map { ($0, note) }, mayResubmit: try row.bool(26),
            commission: try row.decode(27, as: Int32?.self).map(Int64.init),
            createdAt: Timestamp(microseconds: try row.timestamp(28)), version: try row.int64(29),
            logoID: try row.int64OrNil(30).map { ImageID(rawValue: $0) },
            logo: try PictureStore.picture(row, at: 31))
    }

    static func moment(_ row: PostgresRow, _ column: Int) throws -> Timestamp? {
        try row.decode(column, as: PostgresTimestamp?.self).map { Timestamp(microseconds: $0.microseconds) }
    }

    private enum SQL {
        static let ofOwner = PostgresSQL(
            text: "select \(columns) from sellers.sellers s \(withLogo) where s.owner_user_id = $1")
        static let byID = PostgresSQL(text: "select \(columns) from sellers.sellers s \(withLogo) where s.id = $1")
        static let activeBySlug = PostgresSQL(
            text: "select \(columns) from sellers.sellers s \(withLogo) where s.slug = $1 and s.status = 'active'")
        static let lock = PostgresSQL(
            text: "select \(columns) from sellers.sellers s \(withLogo) where s.id = $1 order by s.id for update of s")
        static let lockOfOwner = PostgresSQL(
            text: """
                select \(columns) from sellers.sellers s \(withLogo) where s.owner_user_id = $1 order by s.id for update of s
                """)
    }
}
