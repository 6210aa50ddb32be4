// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCrypto

/// A file that a merchant has uploaded. Its octets are not kept.
struct ProviderDocument: Sendable {
    /// What the provider takes.
    private static let mediaTypes = ["image/jpeg", "image/png", "application/pdf"]

    let id: String
    let purpose: String
    let name: String
    let mediaType: String
    let size: Int
    let digest: Digest256
    /// Unix seconds.
    let createdAt: Int64

    /// Reads an upload: the part `file`, and another part that says what it is for.
    init(_ upload: RequestContext, id: String, purposeField: String, at now: Int64) throws(ProviderError) {
        let parts: [FormPart]
        do {
            parts = try FormPart.parts(of: upload.body, contentType: upload.header("Content-Type") ?? "")
        } catch {
            throw .invalid("file", "The file must be uploaded as multipart/form-data.")
        }
        guard let file = parts.first(where: { $0.name == "file" && $0.fileName?.isEmpty == false }), file.size > 0
        else { throw .invalid("file", "The file field is required.") }
        guard let purpose = parts.first(where: { $0.name == purposeField })?.text, !purpose.isEmpty,
            purpose.utf8.count <= 64
        else { throw .invalid(purposeField, "The \(purposeField) field is required.") }
        let mediaType = file.mediaType ?? Self.mediaType(of: file.fileName ?? "")
        guard Self.mediaTypes.contains(mediaType) else {
            throw .invalid("file", "The file must be a file of type: jpg, jpeg, png, pdf.")
        }
        self.id = id
        self.purpose = purpose
        name = file.fileName ?? ""
        self.mediaType = mediaType
        size = file.size
        digest = file.digest
        createdAt = now
    }

    /// A client that does not say what it sends has named it.
    private static func mediaType(of name: String) -> String {
        let name = name.lowercased()
        if name.hasSuffix(".pdf") { return "application/pdf" }
        if name.hasSuffix(".png") { return "image/png" }
        return name.hasSuffix(".jpg") || name.hasSuffix(".jpeg") ? "image/jpeg" : ""
    }
}

extension ProviderDocument: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("entity", "document")
            json.field("purpose", purpose)
            json.field("name", name)
            json.field("mime_type", mediaType)
            json.field("size", size)
            json.field("sha256", digest.hex)
            json.field("created_at", createdAt)
        }
    }
}
