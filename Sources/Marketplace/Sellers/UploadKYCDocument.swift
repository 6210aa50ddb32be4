// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Media
import Postgres
import Synchronization

/// `POST /api/sellers/kyc/upload/`: a document, sealed before the answer and read by nobody but its owner and the reviewers.
struct UploadKYCDocument: Sendable {
    /// The contract's bound of a document.
    static let fileMax = 10 * 1024 * 1024
    static let limits: MultipartLimits = {
        var limits = MultipartLimits()
        // A file and four fields; room for what clients add.
        limits.partCountMax = 10
        limits.fileMax = fileMax
        limits.fieldMax = 256
        return limits
    }()

    let dependencies: SellersDependencies
    let scanner: (any DocumentScanner)?

    private struct Input: Sendable {
        let type: KYCDocumentType
        let part: FormPart
        let kind: MediaKind
        let number: String?
        let validUntil: String?
        let submits: Bool
    }

    /// What the disk has taken.
    private final class Prepared: Sendable {
        let input: Input
        let file: PrivateFile
        private let replaced = Mutex<[PrivateFile]>([])
        private let named = Atomic(false)

        /// Files of what it took the place of.
        var forgotten: [PrivateFile] { replaced.withLock { $0 } }
        /// Whether a row names the file.
        var isNamed: Bool { named.load(ordering: .relaxed) }

        init(_ input: Input, _ file: PrivateFile) {
            self.input = input
            self.file = file
        }

        func forget(_ files: [PrivateFile]) { replaced.withLock { $0 = files } }
        func name() { named.store(true, ordering: .relaxed) }
    }

    /// What was prepared of one request, if its key let it come so far.
    private final class Taken: Sendable {
        private let prepared = Mutex<Prepared?>(nil)

        func set(_ one: Prepared) { prepared.withLock { $0 = one } }

        /// The file that no row names.
        var unnamed: PrivateFile? {
            let one = prepared.withLock { $0 }
            return one.flatMap { $0.isNamed ? nil : $0.file }
        }
    }

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let files = dependencies.files
        let taken = Taken()
        let result: Result<HTTPResponse, any Error>
        do {
            result = .success(
                try await dependencies.transactions.run(request, as: caller.principal) {
                    let prepared = try await prepare(request, caller)
                    taken.set(prepared)
                    return prepared
                } _: { transaction, prepared in
                    let log = SellerLog(request: request, caller: caller, transaction: transaction)
                    let response = try await commit(prepared, log)
                    prepared.name()
                    return response
                } afterCommit: { prepared in
                    // What cannot be removed now, the sweep removes.
                    try? await files.remove(prepared.forgotten)
                })
        } catch {
            result = .failure(error)
        }
        // Refused, or answered from the key: the file is nobody's.
        if let file = taken.unnamed { try await files.remove([file]) }
        return try result.get()
    }

    private func prepare(_ request: RequestContext, _ caller: Caller) async throws -> Prepared {
        let input = try await read(request)
        guard let seller = try await SellerStore.seller(ownedBy: caller.user, in: dependencies.pool.reads) else {
            throw SellersDependencies.noSeller
        }
        guard seller.status != .closed else { throw SellersDependencies.closed }
        if let scanner { try await Self.scan(input.part, scanner) }
        return Prepared(input, try await dependencies.files.seal(input.part))
    }

    private static func scan(_ part: FormPart, _ scanner: any DocumentScanner) async throws {
        switch try await scanner.verdict(on: part) {
        case .clean: return
        case .refused:
            throw Problem(
                .validationFailed,
                errors: [.init(pointer: "/file", code: "file-refused", message: "was refused by the scanner")])
        case .unavailable:
            throw Problem(
                .dependencyUnavailable, detail: "Documents cannot be examined now.", headers: [.retryAfter(seconds: 30)]
            )
        }
    }

    private func commit(_ prepared: Prepared, _ log: SellerLog) async throws -> HTTPResponse {
        let seller = try await dependencies.ownSeller(log.caller, in: log.transaction)
        let input = prepared.input
        let kyc = try dependencies.movedKYC(seller, .upload, by: .seller)
        let id: KYCDocumentID = dependencies.ids.next()
        let replaced = try await KYCStore.replace(
            KYCStore.Upload(
                id: id, type: input.type, file: prepared.file.name, mediaType: input.kind.mediaType,
                size: input.part.size, digest: input.part.digest,
                number: input.number.map { number in
                    (
                        dependencies.secrets.seal(number, .document, of: seller.id),
                        "******" + (number.count > 8 ? number.suffix(4) : "")
                    )
                }, validUntil: input.validUntil), of: seller.id, in: log.transaction)
        prepared.forget(replaced.compactMap { PrivateFile($0) })
        try await SellerStore.setKYC(seller.id, kyc, in: log.transaction)
        try await log.append(
            .init(
                subject: .document, event: "upload", from: "none", to: "uploaded", type: "kyc.document_uploaded",
                document: id), of: seller.id)
        if input.submits { try await submitIfComplete(seller.id, log) }
        return try await response(id, seller.id, log.transaction)
    }

    private func submitIfComplete(_ id: SellerID, _ log: SellerLog) async throws {
        guard let seller = try await SellerStore.seller(id, in: log.transaction) else { return }
        let documents = try await KYCStore.documents(of: id, in: log.transaction)
        guard KYCProgress(seller: seller, documents: documents).missing.isEmpty else { return }
        try await SubmitKYC(dependencies: dependencies).submit(seller, log)
    }

    private func response(
        _ id: KYCDocumentID, _ sellerID: SellerID, _ transaction: PostgresTransaction
    ) async throws -> HTTPResponse {
        guard let seller = try await SellerStore.seller(sellerID, in: transaction),
            let document = try await KYCStore.document(id, in: transaction)
        else { throw SellersDependencies.noSeller }
        let progress = KYCProgress(
            seller: seller, documents: try await KYCStore.documents(of: sellerID, in: transaction))
        return .json(.created) { json in
            json.field("document", document)
            json.object("kyc") { json in
                json.field("status", seller.kyc.rawValue)
                progress.writeMissing(progress.missing, to: &json)
            }
        }
    }

    // MARK: Reading

    private func read(_ request: RequestContext) async throws -> Input {
        let parts = try request.multipart()
        let form = KYCForm(parts)
        let known = ["document_type", "file", "number", "valid_until", "submit"]
        request.reportIgnored(parts.map(\.name).filter { !known.contains($0) }.map { "/" + $0 })
        let number = form.text("number", maximum: 60)
        let validUntil = form.lastDay("valid_until", now: dependencies.clock.now())
        let submits = form.flag("submit")
        let type = form.choice("document_type")
        let part = form.file("file")
        guard form.problems.isEmpty, let part, let type else {
            throw Problem(.validationFailed, errors: form.problems)
        }
        guard let kind = try await part.sniffed(), [.pdf, .jpeg, .png].contains(kind) else {
            throw Problem(.unsupportedMediaType, detail: "The file is neither PDF, JPEG nor PNG.")
        }
        return Input(
            type: type, part: part, kind: kind, number: number, validUntil: validUntil, submits: submits)
    }
}
