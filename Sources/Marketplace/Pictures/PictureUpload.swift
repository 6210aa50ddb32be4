// SPDX-License-Identifier: Apache-2.0
public import HTTP
import MarketCore
import MarketCrypto
public import MarketHTTP
import Media
public import Postgres

/// Answers an upload of the one picture that somebody shows, such as an avatar: it is kept, made anew, until its owner names it as the
/// one, or its time is over.
///
/// - Errors: 413; 415 for another kind of file; 422 for a broken picture, and where too many wait for their use; 503 where too many
///   are in work.
public struct PictureUpload: Sendable {
    /// Of one owner, not used: only one of them will be, and whoever tries more than ten in a day comes back tomorrow.
    public static let unusedMax = 10

    private let desk: PictureDesk
    private let store: PictureStore
    private let transactions: KeyedTransactions
    private let reads: any PostgresClient

    private struct Work: Sendable {
        let owner: Int64
        let sent: FormPart
        let picture: Picture
    }

    /// Puts the parts together.
    public init(desk: PictureDesk, store: PictureStore, transactions: KeyedTransactions, reads: any PostgresClient) {
        self.desk = desk
        self.store = store
        self.transactions = transactions
        self.reads = reads
    }

    /// Answers the request.
    ///
    /// - Parameter owner: says whose the picture is, or refuses, before anything is decoded.
    public nonisolated(nonsending) func answer(
        _ request: RequestContext, _ caller: Caller, owner: @Sendable () async throws -> Int64
    ) async throws -> HTTPResponse {
        try await transactions.run(request, as: caller.principal) {
            let owner = try await owner()
            let file = try PictureForm(request).file()
            // Before the work of decoding, and again where the row is written.
            if try await store.hasTooManyUnused(of: owner, except: file.digest, in: reads) { throw store.tooManyUnused }
            return Work(owner: owner, sent: file, picture: try await desk.publish(file))
        } _: { transaction, work in
            let kept = try await store.keep(work.picture, sent: work.sent.digest, of: work.owner, in: transaction)
            guard let kept else { throw store.tooManyUnused }
            return kept.created { _ in }
        }
    }
}

extension PictureStore {
    /// 422: the owner has to use some of what waits.
    public var tooManyUnused: Problem {
        Problem(
            .validationFailed,
            errors: [
                .init(
                    pointer: "/file", code: "too-many",
                    message: "\(unusedMax) images of yours wait for their use: use them, or wait a day")
            ])
    }
}

extension Picture {
    /// The answer to its upload.
    ///
    /// - Parameter more: writes further members.
    public func created(_ more: (inout JSONWriter) -> Void) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            writeMembers(to: &json)
            more(&json)
            json.field("sha256", Hex.encode(file.digest.bytes))
        }
        return HTTPResponse(.created, body: json.bytes)
    }
}

extension Problem {
    /// 404: a picture that does not exist, or is somebody else's.
    ///
    /// - Parameter pointer: where it is named.
    public static func unknownPicture(at pointer: String) -> Problem {
        Problem(
            .notFound, errors: [.init(pointer: pointer, code: "not-found", message: "there is no such image")])
    }
}
