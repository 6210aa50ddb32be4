// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// What a document proves.
enum KYCDocumentType: String, Sendable, CaseIterable {
    case pan
    case gstCertificate = "gst_certificate"
    case gstDeclaration = "gst_declaration"
    case addressProof = "address_proof"
    case cancelledCheque = "cancelled_cheque"
    case incorporation, signatory

    /// For people.
    var label: String {
        switch self {
        case .pan: "PAN card"
        case .gstCertificate: "GST registration certificate"
        case .gstDeclaration: "Declaration of turnover below the GST threshold"
        case .addressProof: "Proof of the place of business"
        case .cancelledCheque: "Cancelled cheque"
        case .incorporation: "Certificate of incorporation"
        case .signatory: "Authority of the signatory"
        }
    }

    /// What a seller has to prove.
    static func required(of seller: Seller) -> [KYCDocumentType] {
        let tax: KYCDocumentType = seller.gstin == nil ? .gstDeclaration : .gstCertificate
        let all: [KYCDocumentType] = [.pan, tax, .addressProof, .cancelledCheque]
        switch seller.type {
        case .company, .llp: return all + [.incorporation, .signatory]
        case .individual, .proprietorship, .partnership, nil: return all
        }
    }
}

/// A document as its row stands; its file is read through `FileStore`.
struct KYCDocument: Sendable, JSONWritable {
    let id: KYCDocumentID
    let seller: SellerID
    let type: KYCDocumentType
    let status: KYCDocumentStatus
    let file: String
    let mediaType: String
    let size: Int64
    let numberMasked: String?
    let validUntil: String?
    let reason: (code: String, note: String?)?
    let submittedAt: Timestamp?
    let createdAt: Timestamp

    func write(to json: inout JSONWriter) {
        json.object { writeMembers(to: &$0) }
    }

    func writeMembers(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("document_type", type.rawValue)
        json.field("status", status.rawValue)
        json.field("media_type", mediaType)
        json.field("size", size)
        json.fieldIfPresent("number_masked", numberMasked)
        json.fieldIfPresent("valid_until", validUntil)
        json.fieldIfPresent("reason_code", reason?.code)
        json.fieldIfPresent("note", reason?.note)
        json.field("created_at", createdAt)
    }
}

/// What a seller has proved of what it must.
struct KYCProgress: Sendable {
    let seller: Seller
    let documents: [KYCDocument]

    /// Types of which nothing is on its way or counts.
    var missing: [KYCDocumentType] {
        KYCDocumentType.required(of: seller).filter { type in
            !documents.contains { $0.type == type && [.uploaded, .underReview, .verified].contains($0.status) }
        }
    }

    /// Types of which nothing counts yet.
    var unverified: [KYCDocumentType] {
        KYCDocumentType.required(of: seller).filter { type in
            !documents.contains { $0.type == type && $0.status == .verified }
        }
    }

    func writeMissing(_ types: [KYCDocumentType], to json: inout JSONWriter) {
        json.array("missing") { json in for type in types { json.value(type.rawValue) } }
    }

    /// `requirements`: each with the state of what was sent last.
    func writeRequirements(to json: inout JSONWriter) {
        json.array("requirements") { json in
            for type in KYCDocumentType.required(of: seller) {
                let newest = documents.filter { $0.type == type }.max { $0.id.rawValue < $1.id.rawValue }
                json.object { json in
                    json.field("code", type.rawValue)
                    json.field("label", type.label)
                    json.field("status", newest?.status.rawValue ?? "missing")
                }
            }
        }
    }

    /// 409 `kyc-incomplete` with what is missing.
    func incomplete(_ types: [KYCDocumentType]) -> Problem {
        Problem(
            .kycIncomplete, detail: "Not everything that is required is there.",
            members: [("missing", .strings(types.map(\.rawValue)))])
    }
}
