// SPDX-License-Identifier: Apache-2.0
public import HTTP
import MarketCore
import MarketHTTP
import Pictures

/// The endpoints about products for those who write and judge them.
///
/// | method and path | who | what |
/// |---|---|---|
/// | POST /api/products/create/ | seller | ``CreateProduct`` |
/// | PUT /api/products/update/ | seller | ``UpdateProduct`` |
/// | POST /api/products/submit/ … unlist/ relist/ archive/ | seller | ``MoveProduct`` |
/// | POST /api/products/upload-image/ | seller | ``UploadImage`` |
/// | GET /api/sellers/products/ | seller | ``ListOwnProducts`` |
/// | GET /api/sellers/products/detail/ | seller | ``GetOwnProduct`` |
/// | GET /api/admin/products/ | admin | ``ListAllProducts`` |
/// | GET /api/admin/products/detail/ | admin | ``GetProductForReview`` |
/// | POST /api/admin/products/approve/ … reject/ | admin | ``DecideProduct`` |
/// | POST /api/admin/products/archive/ | admin | ``ArchiveProduct`` |
/// | GET /api/admin/catalog/products/pending/ | admin | ``ListPendingProducts`` |
/// | POST /api/admin/catalog/products/set-approval/ | admin | ``SetProductApproval`` |
public func productRoutes(_ dependencies: ProductsDependencies) -> [Route] {
    sellerRoutes(dependencies) + adminRoutes(dependencies)
}

/// Ids, versions and reasons are small.
private let smallBodyMax = 16 * 1024

private func sellerRoutes(_ dependencies: ProductsDependencies) -> [Route] {
    let gate = dependencies.gate
    let create = CreateProduct(dependencies: dependencies)
    let update = UpdateProduct(dependencies: dependencies)
    let list = ListOwnProducts(dependencies: dependencies)
    let detail = GetOwnProduct(dependencies: dependencies)
    let upload = UploadImage(dependencies: dependencies)
    let moves: [(name: String, move: MoveProduct.Move)] = [
        ("submit", .submit), ("unlist", .list(.unlist)), ("relist", .list(.relist)), ("archive", .list(.archive)),
    ]
    return [
        gate.route(
            .post, "/api/products/create/", name: "products.create", role: .seller, idempotency: .accepted,
            bodyMax: ProductLimits.bodyMax, handler: create.handle
        ).described(as: CreateProduct.description),
        gate.route(
            .put, "/api/products/update/", name: "products.update", role: .seller, idempotency: .accepted,
            bodyMax: ProductLimits.bodyMax, handler: update.handle
        ).described(as: UpdateProduct.description),
        gate.route(
            .get, ListOwnProducts.path, name: "sellers.products", role: .seller, query: ListOwnProducts.parameters,
            handler: list.handle
        ).described(as: ListOwnProducts.description),
        gate.route(
            .get, "/api/sellers/products/detail/", name: "sellers.products.detail", role: .seller,
            query: GetOwnProduct.parameters, handler: detail.handle
        ).described(as: GetOwnProduct.description),
        gate.route(
            .post, "/api/products/upload-image/", name: "products.upload-image", role: .seller, idempotency: .accepted,
            reads: .multipart(PictureForm.limits), bodyMax: PictureForm.bodyMax,
            admission: upload.admit, handler: upload.handle
        ).described(as: UploadImage.description),
    ]
        + moves.map { name, move in
            let endpoint = MoveProduct(move: move, dependencies: dependencies)
            return gate.route(
                .post, "/api/products/\(name)/", name: "products.\(name)", role: .seller, idempotency: .accepted,
                bodyMax: smallBodyMax, handler: endpoint.handle
            ).described(as: move.description)
        }
}

private func adminRoutes(_ dependencies: ProductsDependencies) -> [Route] {
    let gate = dependencies.gate
    let list = ListAllProducts(dependencies: dependencies)
    let detail = GetProductForReview(dependencies: dependencies)
    let approve = DecideProduct(isApproved: true, dependencies: dependencies)
    let reject = DecideProduct(isApproved: false, dependencies: dependencies)
    let archive = ArchiveProduct(dependencies: dependencies)
    let pending = ListPendingProducts(dependencies: dependencies)
    let decide = SetProductApproval(dependencies: dependencies)
    return [
        gate.route(
            .get, ListAllProducts.path, name: "admin.products", role: .admin, permission: .productsRead,
            query: ListAllProducts.parameters,
            handler: list.handle
        ).described(as: ListAllProducts.description),
        gate.route(
            .get, "/api/admin/products/detail/", name: "admin.products.detail", role: .admin,
            permission: .productsRead, query: GetProductForReview.parameters, handler: detail.handle
        ).described(as: GetProductForReview.description),
        gate.route(
            .post, "/api/admin/products/approve/", name: "admin.products.approve", role: .admin,
            permission: .productsWrite, idempotency: .accepted,
            bodyMax: smallBodyMax, handler: approve.handle
        ).described(as: DecideProduct.approval),
        gate.route(
            .post, "/api/admin/products/reject/", name: "admin.products.reject", role: .admin,
            permission: .productsWrite, idempotency: .accepted,
            bodyMax: smallBodyMax, handler: reject.handle
        ).described(as: DecideProduct.refusal),
        gate.route(
            .post, "/api/admin/products/archive/", name: "admin.products.archive", role: .admin,
            permission: .productsWrite, idempotency: .accepted, bodyMax: smallBodyMax, handler: archive.handle
        ).described(as: ArchiveProduct.description),
        gate.route(
            .get, ListPendingProducts.path, name: "admin.catalog.products.pending", role: .admin,
            permission: .productsRead, query: ListPendingProducts.parameters, handler: pending.handle
        ).described(as: ListPendingProducts.description),
        gate.route(
            .post, "/api/admin/catalog/products/set-approval/", name: "admin.catalog.products.set-approval",
            role: .admin, permission: .productsWrite, idempotency: .accepted, handler: decide.handle
        ).described(as: SetProductApproval.description),
    ]
}
