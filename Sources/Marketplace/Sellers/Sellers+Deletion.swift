// SPDX-License-Identifier: Apache-2.0
import HTTP
public import MarketCore
import MarketHTTP
import Pictures
public import Postgres

/// Ends what a user who closes the account is as a seller, in the transaction that closes it: a seller that never sold is closed with
/// it.
///
/// - Throws: `Problem` 409 `illegal-transition` while the user owns a seller that sells or sold and is not closed: nobody could accept
///   its orders, and what it earned would be nobody's. An admin closes it once it is settled.
public func sellersLeave(_ user: UserID, in transaction: PostgresTransaction) async throws {
    guard let seller = try await SellerStore.lock(ownedBy: user, in: transaction), seller.status != .closed else {
        return
    }
    guard try await close(seller, by: .user(user, ip: nil), in: transaction) else {
        throw Problem(
            .illegalTransition,
            detail: "You own \(seller.id), which is \(seller.status.rawValue): have it closed first.",
            errors: [
                .init(
                    code: "seller-not-closed", message: "\(seller.businessName) is not closed",
                    members: [("seller_id", .string("\(seller.id)")), ("status", .string(seller.status.rawValue))])
            ])
    }
}

/// Whether a user owns a seller that sells or sold and is not closed; the account is then not removed yet.
public func sellersHold(_ user: UserID, in client: some PostgresClient) async throws -> Bool {
    guard let seller = try await SellerStore.seller(ownedBy: user, in: client), seller.status != .closed else {
        return false
    }
    if case .moved = SellerStatus.machine.step(from: seller.status, .close, by: .system) { return false }
    return true
}

/// Takes what tells of a person out of the closed seller of somebody whose account is removed by the transaction: contact, pickup
/// addresses, bank account, documents and logo.
///
/// Names, PAN, GSTIN and the state that goods left from stay: who has sold is asked about its taxes for years (CGST Act, section 36;
/// Income-tax Act, section 194-O).
public func sellersForget(_ user: UserID, in transaction: PostgresTransaction) async throws {
    guard let seller = try await SellerStore.lock(ownedBy: user, in: transaction) else { return }
    // One that was begun while its owner's account was being closed.
    if seller.status != .closed { _ = try await close(seller, by: .system, in: transaction) }
    guard try await SellerStore.anonymise(seller.id, in: transaction) else { return }
    try await KYCStore.removeAll(of: seller.id, in: transaction)
    // Their files go with the sweep of those that no row names.
    try await LogoStore.pictures.removeAll(of: seller.id.rawValue, in: transaction)
    try await AuditLog.append(
        AuditRecord(
            action: "seller.anonymised", actor: .system, entityType: "seller", entityID: seller.id.rawValue),
        in: transaction)
}

/// Closes a seller that never sold; false for another.
private func close(
    _ seller: Seller, by actor: AuditActor, in transaction: PostgresTransaction
) async throws -> Bool {
    let party: Parties = if case .system = actor { .system } else { .seller }
    guard case .moved(let status) = SellerStatus.machine.step(from: seller.status, .close, by: party) else {
        return false
    }
    try await SellerStore.move(
        seller.id, SellerMove(status: status, reasonCode: "account-deleted", mayResubmit: false), in: transaction)
    try await SellerLog.append(
        .init(
            subject: .seller, event: SellerEvent.close.rawValue, from: seller.status.rawValue, to: status.rawValue,
            type: "seller.closed", reasonCode: "account-deleted"), of: seller.id, by: actor, requestID: nil,
        in: transaction)
    return true
}
