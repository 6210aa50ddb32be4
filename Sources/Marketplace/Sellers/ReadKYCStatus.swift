// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `GET /api/sellers/kyc/status/`: how far the examination has come, and what is missing.
struct ReadKYCStatus: Sendable {
    let dependencies: SellersDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let reads = dependencies.pool.reads
        guard let seller = try await SellerStore.seller(ownedBy: caller.user, in: reads) else {
            throw SellersDependencies.noSeller
        }
        return try await Self.response(seller.id, in: reads)
    }

    static func response(_ id: SellerID, in client: some PostgresClient) async throws -> HTTPResponse {
        guard let seller = try await SellerStore.seller(id, in: client) else { throw SellersDependencies.noSeller }
        let progress = KYCProgress(seller: seller, documents: try await KYCStore.documents(of: id, in: client))
        return .json(capacity: 1024) { json in
            json.field("status", seller.kyc.rawValue)
            json.field("seller_status", seller.status.rawValue)
            json.array("documents") { json in for document in progress.documents { json.value(document) } }
            progress.writeMissing(progress.missing, to: &json)
            json.array("reasons") { json in
                for document in progress.documents where document.status == .rejected {
                    json.object { json in
                        json.field("document_type", document.type.rawValue)
                        json.fieldIfPresent("reason_code", document.reason?.code)
                        json.fieldIfPresent("note", document.reason?.note)
                    }
                }
            }
        }
    }
}
