// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Media
import Postgres
import Synchronization

/// `POST /api/reviews/upload-media/`: a picture or a video for a review that comes next.
///
/// What it is its first octets say. A picture is made anew from its pixels, so that nothing else of the file stays; a video is kept
/// as it was sent, without a look inside: it is served as `video/mp4` and nothing else. Until its review is shown it is served to its
/// sender and to those who judge reviews (`ReadReviewMedia`).
///
/// - Errors: 404 for a line that is not the caller's; 409 `not-delivered`; 413; 415 for another kind of file; 422 for a broken picture,
///   and where too many or too large ones wait for a review.
struct UploadReviewMedia: Sendable {
    /// As the contract bounds it.
    static let videoMax = 50 * 1024 * 1024
    /// The file with the other part and their heads.
    static let bodyMax = videoMax + 64 * 1024
    /// Of one user without a review: two reviews' worth.
    static let unattachedMax = 2 * Review.mediaMax
    /// Octets of them: a review's worth of the longest videos, so that nobody keeps more of the disk for nothing.
    static let unattachedOctetsMax = Review.mediaMax * videoMax

    private static let parts = ["file", "order_line_id"]

    /// A file and a field.
    static var limits: MultipartLimits {
        var limits = MultipartLimits()
        limits.fileMax = videoMax
        limits.partCountMax = 4
        return limits
    }

    let dependencies: ReviewsDependencies

    private struct Input: Sendable {
        let id: ImageID
        let line: OrderLineID?
        let medium: NewReviewMedium
    }

    /// What the disk has taken for one request, if its key let it come so far.
    private final class Taken: Sendable {
        private let file = Mutex<PublicFile?>(nil)

        /// The file that no row names.
        var unnamed: PublicFile? { file.withLock { $0 } }

        func set(_ one: PublicFile) { file.withLock { $0 = one } }
        func name() { file.withLock { $0 = nil } }
    }

    /// Before the file is received. A key is answered as it was, however many wait since.
    @Sendable func admit(_ request: RequestContext, _ caller: Caller) async throws {
        guard request.headerBytes("Idempotency-Key") == nil else { return }
        try await requireRoom(for: 0, of: caller.user, in: dependencies.pool.reads)
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let taken = Taken()
        let result: Result<HTTPResponse, any Error>
        do {
            result = .success(
                try await dependencies.transactions.run(request, as: caller.principal) {
                    let parts = try request.multipart()
                    request.reportIgnored(parts.map(\.name).filter { !Self.parts.contains($0) }.map { "/" + $0 })
                    let (file, line) = try Self.read(parts)
                    try await requirePurchase(line, caller.user)
                    // Before the disk takes it, and again where its row is written.
                    try await requireRoom(for: file.size, of: caller.user, in: dependencies.pool.reads)
                    let id: ImageID = dependencies.ids.next()
                    let medium = try await publish(file, as: id)
                    taken.set(medium.file)
                    return Input(id: id, line: line, medium: medium)
                } _: { transaction, input in
                    let response = try await commit(input, of: caller.user, in: transaction)
                    taken.name()
                    return response
                })
        } catch {
            result = .failure(error)
        }
        // Refused, or answered from the key: the file is nobody's.
        if let file = taken.unnamed {
            try await dependencies.files.remove(file, thumbnails: ReviewMedium.thumbnailNames.keys.sorted())
        }
        return try result.get()
    }

    private func commit(
        _ input: Input, of user: UserID, in transaction: PostgresTransaction
    ) async throws -> HTTPResponse {
        try await ReviewStore.lockUploads(of: user, in: transaction)
        try await requireRoom(for: input.medium.size, of: user, in: transaction)
        let medium = try await ReviewStore.insert(
            input.medium, id: input.id, of: user, for: input.line, in: transaction)
        return .json(.created) { json in
            medium.write(to: &json)
            json.field("status", "ready")
        }
    }

    /// Refuses another medium of so many octets where too many or too large ones wait for a review.
    private func requireRoom(for size: Int, of user: UserID, in client: some PostgresClient) async throws {
        let waiting = try await ReviewStore.unattached(of: user, in: client)
        guard waiting.count < Self.unattachedMax else {
            throw Self.wrong("/file", "too-many", "at most \(Self.unattachedMax) may wait for a review")
        }
        guard waiting.octets + Int64(size) <= Int64(Self.unattachedOctetsMax) else {
            throw Self.wrong(
                "/file", "too-large", "at most \(Self.unattachedOctetsMax / 1024 / 1024) MiB may wait for a review")
        }
    }

    private func requirePurchase(_ line: OrderLineID?, _ user: UserID) async throws {
        let hasArrived: Bool
        if let line {
            guard let found = try await dependencies.ports.line(line, user) else {
                throw Problem(.notFound, detail: "There is no such line among your orders.")
            }
            hasArrived = found.isDelivered
        } else {
            hasArrived = try await dependencies.ports.hasDelivery(user)
        }
        guard hasArrived else {
            throw Problem(.notDelivered, detail: "What has not arrived cannot be reviewed yet.")
        }
    }

    /// Under a name of its own: what is refused is removed without a look at whose else it might be.
    private func publish(_ part: FormPart, as id: ImageID) async throws -> NewReviewMedium {
        switch try await part.sniffed() {
        case .jpeg?, .png?, .webp?:
            guard part.size <= ImageLimits().octetsMax else {
                throw ImageError.tooLong(max: ImageLimits().octetsMax).problem()
            }
            let image: ProcessedImage
            do {
                image = try await dependencies.images.process(try await part.octets())
            } catch let error as ImageError {
                throw error.problem()
            }
            return NewReviewMedium(image, as: try await dependencies.files.publish(image, tag: "\(id)"))
        case .mp4?:
            return NewReviewMedium(
                video: try await dependencies.files.publish(part, as: .mp4, tag: "\(id)"), size: part.size)
        case .pdf?, nil:
            throw Problem(.unsupportedMediaType, detail: "The file is neither JPEG, PNG, WebP nor MP4.")
        }
    }

    private static func read(_ parts: [FormPart]) throws -> (FormPart, OrderLineID?) {
        let files = parts.filter { $0.name == "file" }
        guard let file = files.first, files.count == 1, file.size > 0 else {
            throw wrong("/file", "required", "one file is expected")
        }
        let lines = parts.filter { $0.name == "order_line_id" }
        guard lines.count <= 1 else { throw wrong("/order_line_id", "repeated", "is there twice") }
        guard let part = lines.first else { return (file, nil) }
        guard let line = part.text.flatMap({ OrderLineID($0) }) else {
            throw Problem(.notFound, detail: "There is no such line among your orders.")
        }
        return (file, line)
    }

    private static func wrong(_ pointer: String, _ code: String, _ message: String) -> Problem {
        Problem(.validationFailed, errors: [.init(pointer: pointer, code: code, message: message)])
    }
}
