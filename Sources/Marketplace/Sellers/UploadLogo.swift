// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Pictures
import Postgres

/// `POST /api/sellers/upload-logo/`: keeps a picture, made anew, for the caller's seller: it is the logo once ``UpdateSeller`` names it.
///
/// - Errors: 404 for who owns no seller; 403 `seller-not-active` where it is closed; else as ``PictureUpload``.
struct UploadLogo: Sendable {
    let dependencies: SellersDependencies

    /// Before the picture is received. A key is answered as it was, whatever has become of the seller since.
    func admit(_ request: RequestContext, _ caller: Caller) async throws {
        guard request.headerBytes("Idempotency-Key") == nil else { return }
        _ = try await seller(of: caller)
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let upload = PictureUpload(
            desk: dependencies.pictures, store: LogoStore.pictures, transactions: dependencies.transactions,
            reads: dependencies.pool.reads)
        return try await upload.answer(request, caller) { try await seller(of: caller).rawValue }
    }

    private func seller(of caller: Caller) async throws -> SellerID {
        guard let seller = try await SellerStore.seller(ownedBy: caller.user, in: dependencies.pool.reads) else {
            throw SellersDependencies.noSeller
        }
        guard seller.status != .closed else { throw SellersDependencies.closed }
        return seller.id
    }
}
