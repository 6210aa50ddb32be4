// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Postgres

/// A seller as it registers.
struct NewSeller: Sendable {
    let id: SellerID
    let owner: UserID
    let businessName: String
    let legalName: String
    let type: SellerType
    let gstin: String?
    let pan: String
    let state: String
    let contact: [UInt8]
    let pickupAddresses: [UInt8]
    let bank: BankAccount
    let categories: [CategoryID]
    let acceptedTerms: String
}

/// What a seller changes of itself; nil is unchanged.
struct SellerChange: Sendable {
    var businessName: String?
    var legalName: String?
    var gstin: String?
    var contact: [UInt8]?
    var pickupAddresses: [UInt8]?
    /// Where goods leave from now.
    var state: String?
    var returnPolicy: [UInt8]?
    var about: String?
    var bank: BankAccount?
    /// Given without an image: none from now on.
    var logo: (isGiven: Bool, image: ImageID?) = (false, nil)
    var holiday: (isGiven: Bool, from: Timestamp?, to: Timestamp?) = (false, nil, nil)
}

/// Where a seller goes, and why.
struct SellerMove: Sendable {
    var status: SellerStatus
    var reasonCode: String?
    var note: String?
    var mayResubmit = true
    var commission: Int64?
    /// nil: as it is.
    var isTrusted: Bool?
}

extension SellerStore {
    /// What stands in the way of a registration.
    enum Conflict: Sendable {
        case owner, slug
    }

    /// Whose tax number is theirs alone: who was verified, and is not closed. As the index of migration 0112 has it.
    private static let holdsGSTIN =
        "(status in ('active', 'suspended') or kyc_status = 'verified' and status <> 'closed')"

    /// For so many days a draft keeps others from its tax number: as long as it takes to gather the documents. Who has handed in none
    /// by then has only said that the number is theirs, and says so no longer.
    static let draftDays = 7

    /// Whether nobody else may come under a tax number: it is a verified seller's, one waits for the decision about it, or one has
    /// registered under it lately. Who is under it already may stay unless it is a verified seller's.
    ///
    /// Who asks for the same number waits until the transaction has ended.
    ///
    /// - Parameter id: who asks; nil for one that only registers.
    static func isClaimed(
        _ gstin: String, fromOthersThan id: SellerID? = nil, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Bool {
        _ = try await transaction.query(
            "select pg_advisory_xact_lock(hashtextextended('sellers.gstin:' || $1::text, 0))", gstin)
        return try await transaction.first(WriteSQL.claimant, gstin, draftDays, id?.rawValue ?? 0) != nil
    }

    /// Adds a seller under a slug; nil when something of it is taken, which `conflict` tells.
    static func insert(
        _ seller: NewSeller, slug: String, secrets: SellerSecrets, in transaction: PostgresTransaction
    ) async throws -> Seller? {
        var parameters = PostgresParameters()
        parameters.append(seller.id.rawValue)
        parameters.append(seller.owner.rawValue)
        parameters.append(slug)
        parameters.append(seller.businessName)
        parameters.append(seller.legalName)
        parameters.append(seller.type.rawValue)
        parameters.append(seller.gstin)
        parameters.append(secrets.seal(seller.pan, .pan, of: seller.id))
        parameters.append(PAN(seller.pan)?.masked)
        parameters.append(seller.state)
        parameters.append(PostgresJSON(bytes: seller.contact))
        parameters.append(PostgresJSON(bytes: seller.pickupAddresses))
        parameters.append(secrets.seal(seller.bank.number, .account, of: seller.id))
        parameters.append(seller.bank.masked)
        parameters.append(seller.bank.holder)
        parameters.append(seller.bank.ifsc)
        parameters.appendArray(seller.categories) { $0.rawValue }
        parameters.append(seller.acceptedTerms)
        return try await transaction.query(WriteSQL.insert, with: parameters).first.map(Self.seller)
    }

    static func conflict(_ owner: UserID, in transaction: PostgresTransaction) async throws -> Conflict {
        let row = try await transaction.first(
            "select 1 from sellers.sellers where owner_user_id = $1", owner.rawValue)
        return row == nil ? .slug : .owner
    }

    /// Changes a seller that is locked; false when the GSTIN is another's, and then the transaction must not be committed.
    static func update(
        _ id: SellerID, _ change: SellerChange, secrets: SellerSecrets, holdsPayouts: Bool,
        in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Bool {
        if let gstin = change.gstin, try await isClaimed(gstin, fromOthersThan: id, in: transaction) { return false }
        var parameters = PostgresParameters()
        parameters.append(id.rawValue)
        parameters.append(change.businessName)
        parameters.append(change.legalName)
        parameters.append(change.gstin)
        parameters.append(change.contact.map { PostgresJSON(bytes: $0) })
        parameters.append(change.pickupAddresses.map { PostgresJSON(bytes: $0) })
        parameters.append(change.state)
        parameters.append(change.returnPolicy.map { PostgresJSON(bytes: $0) })
        parameters.append(change.about)
        parameters.append(change.bank.map { secrets.seal($0.number, .account, of: id) })
        parameters.append(change.bank?.masked)
        parameters.append(change.bank?.holder)
        parameters.append(change.bank?.ifsc)
        parameters.append(change.holiday.isGiven)
        parameters.append(change.holiday.from.map { PostgresTimestamp(microseconds: $0.microseconds) })
        parameters.append(change.holiday.to.map { PostgresTimestamp(microseconds: $0.microseconds) })
        parameters.append(holdsPayouts)
        parameters.append(change.logo.isGiven)
        parameters.append(change.logo.image?.rawValue)
        do {
            _ = try await transaction.query(WriteSQL.update, with: parameters)
        } catch  where error.sqlstate == "23505" {
            // Somebody was verified under it meanwhile.
            return false
        }
        return true
    }

    static func move(_ id: SellerID, _ move: SellerMove, in transaction: PostgresTransaction) async throws {
        try await transaction.execute(
            """
            update sellers.sellers set status = $2, reason_code = $3, reason_note = $4, may_resubmit = $5,
                   commission_bps = coalesce($6, commission_bps), trusted = coalesce($7, trusted), version = version + 1,
                   updated_at = now()
             where id = $1
            """, id.rawValue, move.status.rawValue, move.reasonCode, move.note, move.mayResubmit,
            move.commission.map { Int32($0) }, move.isTrusted)
    }

    /// Takes what tells of a person out of a closed seller; what its taxes go by stays. False for one that is not closed.
    static func anonymise(_ id: SellerID, in transaction: PostgresTransaction) async throws -> Bool {
        try await transaction.first(
            """
            update sellers.sellers
               set contact = '{}', pickup_addresses = '[]', account_sealed = null, account_masked = null,
                   account_holder = null, ifsc = null, bank_verified_at = null, about = null, logo_image_id = null,
                   return_policy = null, holiday_from = null, holiday_to = null, version = version + 1, updated_at = now()
             where id = $1 and status = 'closed' returning id
            """, id.rawValue) != nil
    }

    /// Lets holidays begin and end whose time has come; which sellers that changed.
    static func applyHolidays(in client: some PostgresClient) async throws -> [SellerID] {
        try await client.query("select id from sellers.apply_holidays_v1() id").map {
            SellerID(rawValue: try $0.int64(0))
        }
    }

    static func setTrusted(_ id: SellerID, _ isTrusted: Bool, in transaction: PostgresTransaction) async throws {
        try await transaction.execute(
            "update sellers.sellers set trusted = $2, version = version + 1, updated_at = now() where id = $1",
            id.rawValue, isTrusted)
    }

    /// What decides a seller's taxes: its sealed PAN and the state that its goods leave from.
    static func taxIdentity(
        of id: SellerID, in client: some PostgresClient
    ) async throws -> (panSealed: [UInt8]?, state: String?) {
        let row = try await client.query(
            "select pan_sealed, state_code from sellers.sellers where id = $1", id.rawValue
        ).only()
        return (try row.decode(0, as: [UInt8]?.self), try row.stringOrNil(1))
    }

    /// - Throws: `Problem` 409 `gstin-taken` where another seller was verified under the same tax number.
    static func setKYC(_ id: SellerID, _ status: KYCStatus, in transaction: PostgresTransaction) async throws {
        guard try await isFree(id, for: status, in: transaction) else { throw RegisterSeller.gstinTaken }
    }

    private static func isFree(
        _ id: SellerID, for status: KYCStatus, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Bool {
        do {
            try await transaction.execute(
                "update sellers.sellers set kyc_status = $2, version = version + 1, updated_at = now() where id = $1",
                id.rawValue, status.rawValue)
        } catch  where error.sqlstate == "23505" {
            return false
        }
        return true
    }

    static func setBankVerified(_ id: SellerID, in transaction: PostgresTransaction) async throws {
        try await transaction.execute(
            "update sellers.sellers set bank_verified_at = now(), version = version + 1 where id = $1", id.rawValue)
    }

    /// The number of the seller's next event.
    static func nextEvent(_ id: SellerID, in transaction: PostgresTransaction) async throws -> Int32 {
        try await transaction.query(
            "update sellers.sellers set event_seq = event_seq + 1 where id = $1 returning event_seq", id.rawValue
        ).only().decode(0)
    }

    private enum WriteSQL {
        static let insert = PostgresSQL(
            text: """
                with added as (
                  insert into sellers.sellers (id, owner_user_id, slug, business_name, legal_name, type, gstin, pan_sealed,
                         pan_masked, state_code, contact, pickup_addresses, account_sealed, account_masked, account_holder,
                         ifsc, category_ids, accepted_terms)
                  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
                  on conflict do nothing returning *)
                select \(columns) from added s \(withLogo)
                """)
        static let claimant = PostgresSQL(
            text: """
                select 1 from sellers.sellers
                 where gstin = $1 and id <> $3
                   and (\(holdsGSTIN)
                        or not exists (select 1 from sellers.sellers own where own.id = $3 and own.gstin = $1)
                           and (status = 'pending_approval'
                                or status = 'draft' and created_at > now() - make_interval(days => $2::bigint::int)))
                 limit 1
                """)
        static let update = PostgresSQL(
            text: """
                update sellers.sellers set
                       business_name = coalesce($2, business_name), legal_name = coalesce($3, legal_name),
                       gstin = coalesce($4, gstin), contact = coalesce($5, contact),
                       pickup_addresses = coalesce($6, pickup_addresses), state_code = coalesce($7, state_code),
                       return_policy = coalesce($8, return_policy), about = coalesce($9, about),
                       account_sealed = coalesce($10, account_sealed), account_masked = coalesce($11, account_masked),
                       account_holder = coalesce($12, account_holder), ifsc = coalesce($13, ifsc),
                       bank_verified_at = case when $10::bytea is null then bank_verified_at end,
                       logo_image_id = case when $18 then $19 else logo_image_id end,
                       holiday_from = case when $14 then $15 else holiday_from end,
                       holiday_to = case when $14 then $16 else holiday_to end,
                       payouts_held_until = case when $17 then now() + interval '24 hours' else payouts_held_until end,
                       version = version + 1, updated_at = now()
                 where id = $1
                """)
    }
}
