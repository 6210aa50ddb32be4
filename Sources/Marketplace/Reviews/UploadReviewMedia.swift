// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Media
import Postgres

/// `POST /api/reviews/upload-media/`: a picture or a video for a review that comes next.
///
/// What it is its first octets say. A picture is made anew from its pixels, so that nothing else of the file stays; a video is kept
/// as it was sent, without a look inside: it is served as `video/mp4` and nothing else. The address is told to the sender alone until
/// the review is published with it; nobody can guess it.
///
/// - Errors: 404 for a line that is not the caller's; 409 `not-delivered`; 413; 415 for another kind of file; 422 for a broken picture,
///   and where too many wait for a review.
struct UploadReviewMedia: Sendable {
    /// As the contract bounds it.
    static let videoMax = 50 * 1024 * 1024
    /// The file with the other part and their heads.
    static let bodyMax = videoMax + 64 * 1024
    /// Of one user without a review: two reviews' worth. Uploads at the same moment may go a little beyond.
    static let unattachedMax = 2 * Review.mediaMax

    /// A file and a field.
    static var limits: MultipartLimits {
        var limits = MultipartLimits()
        limits.fileMax = videoMax
        limits.partCountMax = 4
        return limits
    }

    let dependencies: ReviewsDependencies

    private struct Input: Sendable {
        let line: OrderLineID?
        let medium: NewReviewMedium
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            let (file, line) = try Self.read(try request.multipart())
            try await requirePurchase(line, caller.user)
            return Input(line: line, medium: try await publish(file))
        } _: { transaction, input in
            let waiting = try await ReviewStore.unattachedCount(of: caller.user, in: transaction)
            guard waiting < Self.unattachedMax else {
                throw Self.wrong("/file", "too-many", "at most \(Self.unattachedMax) may wait for a review")
            }
            let medium = try await ReviewStore.insert(
                input.medium, id: dependencies.ids.next(), of: caller.user, for: input.line, in: transaction)
            return .json(.created) { json in
                medium.write(to: &json)
                json.field("status", "ready")
            }
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

    private func publish(_ part: FormPart) async throws -> NewReviewMedium {
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
            return NewReviewMedium(image, as: try await dependencies.files.publish(image))
        case .mp4?:
            return NewReviewMedium(video: try await dependencies.files.publish(part, as: .mp4), size: part.size)
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
