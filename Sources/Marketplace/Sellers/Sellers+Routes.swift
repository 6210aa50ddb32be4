// SPDX-License-Identifier: Apache-2.0
public import HTTP
import MarketCore
import MarketHTTP
public import Media
import Pictures

/// The endpoints of sellers: their own, the public one, and those of admins.
public func sellerRoutes(_ dependencies: SellersDependencies, scanner: (any DocumentScanner)? = nil) -> [Route] {
    ownRoutes(dependencies, scanner) + adminRoutes(dependencies)
}

private func ownRoutes(_ dependencies: SellersDependencies, _ scanner: (any DocumentScanner)?) -> [Route] {
    let gate = dependencies.gate
    let bodyMax = 64 * 1024
    let upload = UploadKYCDocument(dependencies: dependencies, scanner: scanner)
    let document = ReadKYCDocument(dependencies: dependencies)
    let logo = UploadLogo(dependencies: dependencies)
    return [
        gate.route(
            .post, "/api/sellers/register/", name: "sellers.register", idempotency: .accepted, bodyMax: bodyMax,
            handler: RegisterSeller(dependencies: dependencies).answer
        ).described(as: RegisterSeller.description),
        gate.route(
            .get, "/api/sellers/profile/", name: "sellers.profile", role: .seller,
            handler: ReadSellerProfile(dependencies: dependencies).answer
        ).described(as: ReadSellerProfile.description),
        gate.route(
            .put, "/api/sellers/update/", name: "sellers.update", role: .seller, idempotency: .accepted,
            bodyMax: bodyMax, handler: UpdateSeller(dependencies: dependencies).answer
        ).described(as: UpdateSeller.description),
        gate.route(
            .post, "/api/sellers/upload-logo/", name: "sellers.upload-logo", role: .seller, idempotency: .accepted,
            reads: .multipart(PictureForm.limits), bodyMax: PictureForm.bodyMax, admission: logo.admit,
            handler: logo.answer
        ).described(as: UploadLogo.description),
        Route(
            .get, "/api/sellers/public/", name: "sellers.public", query: ["slug"],
            handler: ReadPublicSeller(dependencies: dependencies).answer
        ).described(as: ReadPublicSeller.description),
        gate.route(
            .post, "/api/sellers/kyc/upload/", name: "sellers.kyc.upload", role: .seller, idempotency: .accepted,
            reads: .multipart(UploadKYCDocument.limits), bodyMax: UploadKYCDocument.fileMax + 64 * 1024,
            handler: upload.answer
        ).described(as: UploadKYCDocument.description),
        gate.route(
            .post, "/api/sellers/kyc/submit/", name: "sellers.kyc.submit", role: .seller, idempotency: .accepted,
            bodyMax: bodyMax, handler: SubmitKYC(dependencies: dependencies).answer
        ).described(as: SubmitKYC.description),
        gate.route(
            .get, "/api/sellers/kyc/status/", name: "sellers.kyc.status", role: .seller,
            handler: ReadKYCStatus(dependencies: dependencies).answer
        ).described(as: ReadKYCStatus.description),
        gate.route(
            .get, "/api/sellers/kyc/document/", name: "sellers.kyc.document", role: .seller, query: ["id"],
            handler: document.answerOwner
        ).described(as: ReadKYCDocument.ownerDescription),
    ]
}

private func adminRoutes(_ dependencies: SellersDependencies) -> [Route] {
    let gate = dependencies.gate
    /// An act on a seller.
    func act(_ word: String, _ description: RouteDescription, _ handler: @escaping Gate.UserHandler) -> Route {
        gate.route(
            .post, "/api/admin/sellers/\(word)/", name: "admin.sellers.\(word)", role: .admin,
            permission: .sellersWrite, idempotency: .accepted, bodyMax: 16 * 1024, handler: handler
        ).described(as: description)
    }
    return [
        gate.route(
            .get, ListSellers.path, name: "admin.sellers", role: .admin, permission: .sellersRead,
            query: ListSellers.parameters, handler: ListSellers(dependencies: dependencies).answer
        ).described(as: ListSellers.description),
        gate.route(
            .get, "/api/admin/sellers/detail/", name: "admin.sellers.detail", role: .admin, permission: .sellersRead,
            query: ["id"], handler: ReadSeller(dependencies: dependencies).answer
        ).described(as: ReadSeller.description),
        act("approve", ApproveSeller.description, ApproveSeller(dependencies: dependencies).answer),
        act("reject", RejectSeller.description, RejectSeller(dependencies: dependencies).answer),
        act("suspend", SuspendSeller.description, SuspendSeller(dependencies: dependencies).answer),
        act("reinstate", ReinstateSeller.description, ReinstateSeller(dependencies: dependencies).answer),
        act("set-trusted", TrustSeller.description, TrustSeller(dependencies: dependencies).answer),
        act("close", CloseSeller.description, CloseSeller(dependencies: dependencies).answer),
        gate.route(
            .get, ListPendingKYC.path, name: "admin.kyc.pending", role: .admin, permission: .sellersRead,
            query: Pages.parametersAndSort, handler: ListPendingKYC(dependencies: dependencies).answer
        ).described(as: ListPendingKYC.description),
        gate.route(
            .post, "/api/admin/kyc/review/", name: "admin.kyc.review", role: .admin, permission: .sellersWrite,
            idempotency: .accepted, bodyMax: 16 * 1024, handler: ReviewKYCDocument(dependencies: dependencies).answer
        ).described(as: ReviewKYCDocument.description),
        Route(
            .get, KYCLinks.path, name: "admin.kyc.document", query: ["id", "admin", "session", "expires", "signature"],
            handler: ReadKYCDocument(dependencies: dependencies).answerAdmin
        ).described(as: ReadKYCDocument.adminDescription),
    ]
}
