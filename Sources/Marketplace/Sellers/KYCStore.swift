// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres

/// The SQL of documents.
enum KYCStore {
    private static let columns = """
        d.id, d.seller_id, d.type, d.status, d.file, d.media_type, d.size, d.number_masked, d.valid_until::text, d.reason_code,
        d.note, d.submitted_at, d.created_at
        """

    /// All documents of a seller, oldest first.
    static func documents(of seller: SellerID, in client: some PostgresClient) async throws -> [KYCDocument] {
        try await client.query(SQL.ofSeller, seller.rawValue).map(document)
    }

    /// The same of each of these sellers; who has none is left out.
    static func documents(
        of sellers: [SellerID], in client: some PostgresClient
    ) async throws -> [SellerID: [KYCDocument]] {
        let documents = try await client.query(SQL.ofSellers, sellers.map(\.rawValue)).map(document)
        return Dictionary(grouping: documents, by: \.seller)
    }

    static func document(_ id: KYCDocumentID, in client: some PostgresClient) async throws -> KYCDocument? {
        try await client.first(SQL.byID, id.rawValue).map(document)
    }

    /// A document that came.
    struct Upload: Sendable {
        let id: KYCDocumentID
        let type: KYCDocumentType
        let file: String
        let mediaType: String
        let size: Int
        let digest: Digest256
        let number: (sealed: [UInt8], masked: String)?
        let validUntil: String?
    }

    /// Takes the place of one of its type that was not verified, whose file is returned. The seller is locked.
    static func replace(
        _ upload: Upload, of seller: SellerID, in transaction: PostgresTransaction
    ) async throws -> [String] {
        let replaced = try await transaction.query(
            """
            delete from sellers.kyc_documents
             where seller_id = $1 and type = $2 and status in ('uploaded', 'under_review', 'rejected') returning file
            """, seller.rawValue, upload.type.rawValue)
        var files: [String] = []
        for row in replaced { files.append(try row.string(0)) }
        try await transaction.execute(
            """
            insert into sellers.kyc_documents (id, seller_id, type, status, file, media_type, size, sha256, number_sealed,
                   number_masked, valid_until)
            values ($1, $2, $3, 'uploaded', $4, $5, $6, $7, $8, $9, $10::text::date)
            """, upload.id.rawValue, seller.rawValue, upload.type.rawValue, upload.file, upload.mediaType,
            Int64(upload.size), upload.digest.bytes, upload.number?.sealed, upload.number?.masked, upload.validUntil)
        return files
    }

    /// Hands what was uploaded to the reviewers; which documents these are.
    static func submit(
        _ seller: SellerID, in transaction: PostgresTransaction
    ) async throws -> [KYCDocumentID] {
        try await transaction.query(
            """
            update sellers.kyc_documents set status = 'under_review', submitted_at = now()
             where seller_id = $1 and status = 'uploaded' returning id
            """, seller.rawValue
        ).map { KYCDocumentID(rawValue: try $0.int64(0)) }
    }

    static func review(
        _ id: KYCDocumentID, _ status: KYCDocumentStatus, by admin: UserID, reasonCode: String?, note: String?,
        in transaction: PostgresTransaction
    ) async throws {
        try await transaction.execute(
            """
            update sellers.kyc_documents set status = $2, reviewed_by = $3, reviewed_at = now(), reason_code = $4, note = $5
             where id = $1
            """, id.rawValue, status.rawValue, admin.rawValue, reasonCode, note)
    }

    /// Lets these documents count no more. The seller is locked.
    static func expire(_ documents: [KYCDocument], in transaction: PostgresTransaction) async throws {
        try await transaction.execute(
            "update sellers.kyc_documents set status = 'expired' where id = any ($1)", documents.map(\.id.rawValue))
    }

    /// Removes all documents of a seller; their files, which no row names any more, are swept.
    static func removeAll(of seller: SellerID, in transaction: PostgresTransaction) async throws {
        try await transaction.execute("delete from sellers.kyc_documents where seller_id = $1", seller.rawValue)
    }

    /// A page of what waits for reviewers, oldest first, with the names of the sellers.
    static func pending(
        after: (submittedAt: Timestamp, id: KYCDocumentID)?, limit: Int, in client: some PostgresClient
    ) async throws -> [(document: KYCDocument, seller: String)] {
        let position = after ?? (Timestamp(microseconds: .min), KYCDocumentID(rawValue: .min))
        let rows = try await client.query(
            SQL.pending, PostgresTimestamp(microseconds: position.submittedAt.microseconds), position.id.rawValue, limit
        )
        return try rows.map { (try document($0), try $0.string(13)) }
    }

    /// Which of these files a row names.
    static func files(in names: [String], _ client: some PostgresClient) async throws -> [String] {
        try await client.query("select file from sellers.kyc_documents where file = any ($1)", names).map {
            try $0.string(0)
        }
    }

    private static func document(_ row: PostgresRow) throws -> KYCDocument {
        guard let type = KYCDocumentType(rawValue: try row.string(2)),
            let status = KYCDocumentStatus(rawValue: try row.string(3))
        else { throw PostgresError(.decoding, outcome: .notExecuted, "a document of an unknown kind") }
        let note = try row.stringOrNil(10)
        return KYCDocument(
            id: KYCDocumentID(rawValue: try row.int64(0)), seller: SellerID(rawValue: try row.int64(1)), type: type,
            status: status, file: try row.string(4), mediaType: try row.string(5), size: try row.int64(6),
            numberMasked: try row.stringOrNil(7), validUntil: try row.stringOrNil(8),
            reason: try row.stringOrNil(9).map { ($0, note) }, submittedAt: try SellerStore.moment(row, 11),
            createdAt: Timestamp(microseconds: try row.timestamp(12)))
    }

    private enum SQL {
        static let ofSeller = PostgresSQL(
            text: "select \(columns) from sellers.kyc_documents d where d.seller_id = $1 order by d.id")
        static let ofSellers = PostgresSQL(
            text: "select \(columns) from sellers.kyc_documents d where d.seller_id = any ($1) order by d.id")
        static let byID = PostgresSQL(text: "select \(columns) from sellers.kyc_documents d where d.id = $1")
        static let pending = PostgresSQL(
            text: """
                select \(columns), s.business_name
                  from sellers.kyc_documents d join sellers.sellers s on s.id = d.seller_id
                 where d.status = 'under_review' and (d.submitted_at, d.id) > ($1, $2)
                 order by d.submitted_at, d.id limit $3
                """)
    }
}
