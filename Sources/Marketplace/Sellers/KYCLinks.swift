// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketCrypto
import MarketHTTP

/// Addresses of documents for one admin on one login, for five minutes: so that a page can show them without a token in its script.
///
/// The signature says who was given the address; whether they still may look is asked of the database (`ReadKYCDocument`).
struct KYCLinks: Sendable {
    static let path = "/api/admin/kyc/document/"
    static let lifetimeSeconds: Int64 = 300

    private let key: HMACSHA256

    init(_ secret: SecretKey) {
        key = HMACSHA256(key: secret.key(for: "kyc-document-link"))
    }

    /// The path and query under which `admin` may read the document.
    func url(of document: KYCDocumentID, for admin: UserSession, now: Timestamp) -> String {
        let expires = now.microseconds / 1_000_000 + Self.lifetimeSeconds
        return "\(Self.path)?id=\(document)&admin=\(admin.user)&session=\(admin.session)&expires=\(expires)&signature="
            + Base64URL.encode(code(document, admin, expires))
    }

    /// Whether a link is ours and still good.
    func isValid(
        document: KYCDocumentID, admin: UserSession, expires: Int64, signature: String, now: Timestamp
    ) -> Bool {
        guard let sent = Base64URL.decode(signature), expires > now.microseconds / 1_000_000 else { return false }
        return ConstantTime.equal(sent, code(document, admin, expires))
    }

    private func code(_ document: KYCDocumentID, _ admin: UserSession, _ expires: Int64) -> [UInt8] {
        key.code(Array("\(document)|\(admin.user)|\(admin.session)|\(expires)".utf8)).bytes
    }
}
