// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Pictures
import Postgres

/// `PUT /api/sellers/update/`: what a seller changes of itself. What it is paid and taxed by has to be proved anew, and payouts
/// wait a day meanwhile: who has taken an account over must not be quicker than its owner reads the mail.
struct UpdateSeller: Sendable {
    let dependencies: SellersDependencies

    private struct Input: Sendable {
        let change: SellerChange
        let expectedVersion: Int64?
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal, honoursIfMatch: true) {
            try Self.read(request)
        } _: { transaction, input in
            try await commit(input, SellerLog(request: request, caller: caller, transaction: transaction))
        } afterCommit: { input in
            // Pages show the name and whether there is a holiday; offers end with one.
            if input.change.businessName != nil || input.change.holiday.isGiven { await dependencies.announceGoods() }
        }
    }

    private func commit(_ input: Input, _ log: SellerLog) async throws -> HTTPResponse {
        let seller = try await dependencies.ownSeller(log.caller, in: log.transaction)
        if let expected = input.expectedVersion, expected != seller.version {
            throw Problem.changedMeanwhile("seller", version: seller.version)
        }
        let change = input.change
        if change.gstin != nil || change.state != nil { try await requireTaxIdentity(change, of: seller, log) }
        if change.logo.isGiven { try await show(change.logo.image, of: seller, log.transaction) }
        let doubtful = Self.doubtful(change, seller)
        let isFree = try await SellerStore.update(
            seller.id, change, secrets: dependencies.secrets, holdsPayouts: !doubtful.isEmpty, in: log.transaction)
        guard isFree else { throw RegisterSeller.gstinTaken }
        if !doubtful.isEmpty { try await doubt(doubtful, seller, log) }
        return try await dependencies.response(seller.id, in: log.transaction)
    }

    /// Puts a picture in the place of the logo; the seller is locked before its pictures.
    private func show(_ image: ImageID?, of seller: Seller, _ transaction: PostgresTransaction) async throws {
        let isOwn = try await LogoStore.pictures.use(
            image, insteadOf: seller.logoID, of: seller.id.rawValue, in: transaction)
        guard isOwn else { throw Problem.unknownPicture(at: "/logo_image_id") }
    }

    /// The GSTIN that the seller will have is of its PAN, and of the state that its goods will leave from: that decides which taxes
    /// its sales bear.
    private func requireTaxIdentity(_ change: SellerChange, of seller: Seller, _ log: SellerLog) async throws {
        guard let gstin = (change.gstin ?? seller.gstin).flatMap({ GSTIN($0) }) else { return }
        let known = try await SellerStore.taxIdentity(of: seller.id, in: log.transaction)
        var faults: [Problem.Item] = []
        if change.gstin != nil, !isOfSameOwner(gstin, seller, known.panSealed) {
            faults.append(.init(pointer: "/gstin", code: "pan-mismatch", message: "is of another PAN"))
        }
        if let origin = change.state ?? known.state, let state = gstin.state, state != origin {
            let (pointer, message) =
                change.gstin != nil
                ? ("/gstin", "is of another state than the pickup address")
                : ("/pickup_addresses/0/state_code", "is another state than the GSTIN's")
            faults.append(.init(pointer: pointer, code: "state-mismatch", message: message))
        }
        guard faults.isEmpty else { throw Problem(.validationFailed, errors: faults) }
    }

    /// Where the PAN cannot be opened any more, the characters of it that are shown have to do.
    private func isOfSameOwner(_ gstin: GSTIN, _ seller: Seller, _ sealed: [UInt8]?) -> Bool {
        if let sealed, let pan = dependencies.secrets.open(sealed, .pan, of: seller.id) { return gstin.pan == pan }
        guard let masked = seller.panMasked else { return true }
        return gstin.pan.hasSuffix(masked.suffix(4))
    }

    /// The documents that prove what is changed.
    private static func doubtful(_ change: SellerChange, _ seller: Seller) -> [KYCDocumentType] {
        var types: [KYCDocumentType] = []
        if change.bank != nil { types.append(.cancelledCheque) }
        if let gstin = change.gstin, gstin != seller.gstin { types += [.gstCertificate, .gstDeclaration] }
        if let name = change.legalName, name != seller.legalName { types.append(.pan) }
        return types
    }

    private func doubt(_ types: [KYCDocumentType], _ seller: Seller, _ log: SellerLog) async throws {
        // What was handed in and not judged yet as well: it proves what was so before.
        try await log.expire(
            types, [.uploaded, .underReview, .verified], of: seller.id, reasonCode: "details-changed")
        if case .moved(let status) = KYCStatus.machine.step(from: seller.kyc, .requireUpdate, by: .seller) {
            try await SellerStore.setKYC(seller.id, status, in: log.transaction)
            try await log.append(
                .init(
                    subject: .kyc, event: "require_update", from: seller.kyc.rawValue, to: status.rawValue,
                    type: "kyc.needs_update"), of: seller.id)
        } else {
            // Nothing was proved yet; that it was changed is written down all the same.
            try await AuditLog.append(
                "seller.details_changed", by: log.caller, in: log.request, entityType: "seller",
                entityID: seller.id.rawValue, reason: types.map(\.rawValue).joined(separator: ","),
                in: log.transaction)
        }
        try await MailQueue.enqueue(
            Mail(.sellerDetailsChanged, to: .user(log.caller.user), data: ["business": seller.businessName]),
            in: log.transaction)
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let ifMatch = try EntityTag.expectedVersion(of: request)
        return try request.json { body in
            var change = SellerChange()
            change.businessName = body.optionalTrimmed("business_name", 1...200)
            change.legalName = body.optionalTrimmed("legal_name", 1...200)
            change.gstin = body.optionalParsed("gstin", length: 1...20) { GSTIN($0)?.text }
            change.contact = body.optionalObject("contact") { SellerFields.contact(&$0) }
            let addresses = body.optionalArray("pickup_addresses", count: 1...SellerFields.addressesMax) {
                SellerFields.address(&$0)
            }
            change.pickupAddresses = addresses.map(SellerFields.json)
            change.state = addresses?.first?.state
            change.about = body.optionalString("about", length: 0...5000)
            change.bank = body.optionalObject("bank") { SellerFields.bank(&$0) }
            change.returnPolicy = body.optionalObject("return_policy") { returnPolicy(&$0) }
            change.holiday = holiday(&body)
            let logo = body.optionalParsed("logo_image_id", length: 1...64) { ImageID($0) }
            change.logo = (body.contains("logo_image_id"), logo)
            return Input(change: change, expectedVersion: body.expectedVersion(ifMatch: ifMatch))
        }
    }

    private static func returnPolicy(_ body: inout JSONInput) -> [UInt8] {
        let days = body.int("days", in: 0...365)
        let isReturnable = body.bool("returnable")
        let text = body.optionalString("text", length: 0...5000)
        var json = JSONWriter(capacity: 64)
        json.object { json in
            json.field("days", days)
            json.field("returnable", isReturnable)
            json.fieldIfPresent("text", text)
        }
        return json.bytes
    }

    /// `null` ends one.
    private static func holiday(_ body: inout JSONInput) -> (isGiven: Bool, from: Timestamp?, to: Timestamp?) {
        guard body.contains("holiday") else { return (false, nil, nil) }
        let span = body.optionalObject("holiday") { body -> (Timestamp?, Timestamp?) in
            let from = body.parsed("from", length: 1...40, placeholder: nil) { Timestamp(rfc3339: $0) }
            let to = body.parsed("to", length: 1...40, placeholder: nil) { Timestamp(rfc3339: $0) }
            if let from, let to, to.microseconds <= from.microseconds {
                body.fail("to", code: "invalid", message: "is not after from")
            }
            return (from, to)
        }
        return (true, span?.0, span?.1)
    }
}
