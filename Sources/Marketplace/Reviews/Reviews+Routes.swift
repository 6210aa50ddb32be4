// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore
public import MarketHTTP
public import Media
public import Postgres

/// What the endpoints of reviews work with: one set per loop, because the pool belongs to one.
public struct ReviewsDependencies: Sendable {
    let pool: PostgresPool
    let gate: Gate
    let transactions: KeyedTransactions
    let ids: IDGenerator
    let cursors: CursorCodec
    let clock: any WallClock
    let ports: ReviewPorts
    let files: FileStore
    let images: ImageProcessor

    /// Puts the parts together.
    public init(
        pool: PostgresPool, gate: Gate, transactions: KeyedTransactions, ids: IDGenerator, cursors: CursorCodec,
        clock: any WallClock, ports: ReviewPorts, files: FileStore, images: ImageProcessor
    ) {
        self.pool = pool
        self.gate = gate
        self.transactions = transactions
        self.ids = ids
        self.cursors = cursors
        self.clock = clock
        self.ports = ports
        self.files = files
        self.images = images
    }

    /// A review with its author's name and its media.
    func shown(_ review: Review, in client: some PostgresClient) async throws -> ShownReview {
        try await shown([review], in: client)[0]
    }

    /// The same of many: one statement for names and, where there are any, one for media.
    func shown(_ reviews: [Review], in client: some PostgresClient) async throws -> [ShownReview] {
        guard !reviews.isEmpty else { return [] }
        let names = try await ports.names(Array(Set(reviews.map(\.user))))
        let withMedia = reviews.filter { $0.mediaCount > 0 }.map(\.id)
        let media = withMedia.isEmpty ? [:] : try await ReviewStore.media(of: withMedia, in: client)
        return reviews.map {
            ShownReview(review: $0, author: AuthorName.shown(names[$0.user]), media: media[$0.id] ?? [])
        }
    }
}

/// The endpoints of reviews.
public func reviewRoutes(_ dependencies: ReviewsDependencies) -> [Route] {
    // A text of the longest length in four octets a character, escaped.
    let bodyMax = 128 * 1024
    let gate = dependencies.gate
    func write(
        _ method: HTTPMethod, _ path: String, _ name: String, _ role: Roles, _ description: RouteDescription,
        permission: Permissions = [], _ handler: @escaping Gate.UserHandler
    ) -> Route {
        gate.route(
            method, path, name: name, role: role, permission: permission, idempotency: .accepted, bodyMax: bodyMax,
            handler: handler
        ).described(as: description)
    }
    return [
        write(
            .post, "/api/reviews/create/", "reviews.create", .customer, CreateReview.description,
            CreateReview(dependencies: dependencies).answer),
        gate.route(
            .post, "/api/reviews/upload-media/", name: "reviews.media", role: .customer, idempotency: .accepted,
            reads: .multipart(UploadReviewMedia.limits), bodyMax: UploadReviewMedia.bodyMax,
            admission: UploadReviewMedia(dependencies: dependencies).admit,
            handler: UploadReviewMedia(dependencies: dependencies).answer
        ).described(as: UploadReviewMedia.description),
        Route(.get, "/media/reviews/{file}", name: "reviews.media.read") {
            try await ReadReviewMedia(dependencies: dependencies).answer($0)
        }.described(as: ReadReviewMedia.description),
        Route(.get, ListReviews.path, name: "reviews.list", query: ListReviews.parameters) {
            try await ListReviews(dependencies: dependencies).answer($0)
        }.described(as: ListReviews.description),
        Route(.get, "/api/reviews/summary/", name: "reviews.summary", query: ReviewSubject.parameters) {
            try await SummariseReviews(dependencies: dependencies).answer($0)
        }.described(as: SummariseReviews.description),
        write(
            .put, "/api/reviews/update/", "reviews.update", .customer, UpdateReview.description,
            UpdateReview(dependencies: dependencies).answer),
        write(
            .post, "/api/reviews/delete/", "reviews.delete", .customer, DeleteReview.description,
            DeleteReview(dependencies: dependencies).answer),
        write(
            .post, "/api/reviews/helpful/", "reviews.helpful", .customer, VoteForReview.description,
            VoteForReview(dependencies: dependencies).answer),
        write(
            .post, "/api/reviews/report/", "reviews.report", .customer, ReportReview.description,
            ReportReview(dependencies: dependencies).answer),
        write(
            .post, "/api/sellers/reviews/respond/", "sellers.reviews.respond", .seller, RespondToReview.description,
            RespondToReview(dependencies: dependencies).answer),
        gate.route(
            .get, ListReviewsToModerate.path, name: "admin.reviews", role: .admin, permission: .productsRead,
            query: ListReviewsToModerate.parameters, handler: ListReviewsToModerate(dependencies: dependencies).answer
        ).described(as: ListReviewsToModerate.description),
        write(
            .post, "/api/admin/reviews/moderate/", "admin.reviews.moderate", .admin, ModerateReview.description,
            permission: .productsWrite, ModerateReview(dependencies: dependencies).answer),
    ]
}
