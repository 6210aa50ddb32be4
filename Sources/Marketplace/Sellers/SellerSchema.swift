// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Pictures

/// The shapes of sellers' answers.
enum SellerSchema {
    static let businessName = Schema.string(length: 1...200, example: "Kaveri Traders")
    static let legalName = Schema.string(length: 1...200, example: "Kaveri Traders LLP")
    static let type = Schema.choice(of: SellerType.self, example: .llp)
    static let gstin = Schema.string(pattern: "^[0-9]{2}[A-Z0-9]{13}$", example: "29AAGCB7383J1Z4")
        .says("With a right check character; of the PAN, and of the state of the pickup address.")
    static let pan = Schema.string(pattern: "^[A-Z]{5}[0-9]{4}[A-Z]$", example: "AAGCB7383J")

    static let contact = Schema.object([
        .required("name", .string(length: 1...200, example: "Asha Rao")),
        .required("email", .string(length: 3...254, format: "email", example: "sales@kaveri.example")),
        .required("phone", .phone),
    ])
    static let newBank = Schema.object([
        .required("account_holder", .string(length: 1...200, example: "Kaveri Traders LLP")),
        .required("account_number", .string(pattern: "^[0-9]{9,18}$", example: "002301567890")),
        .required("ifsc", .string(pattern: "^[A-Z]{4}0[A-Z0-9]{6}$", example: "HDFC0000123")),
    ])
    static let returnPolicy = Schema.object([
        .required("days", .integer(0...365, example: 10)), .required("returnable", .boolean(example: true)),
        .optional("text", Schema.string(length: 0...5000, example: "Unopened goods only.").orNull),
    ])
    static let holiday = Schema.object([.required("from", .timestamp), .required("to", .timestamp)])
    static let rating = Schema.object(
        [
            .required("average", .number(0...5, example: "4.37")),
            .required("count", .integer(0...Int.max, example: 128)),
        ], isClosed: true)

    static let requirements = Schema.array(
        of: .object(
            [
                .required("code", .choice(of: KYCDocumentType.self, example: .pan)),
                .required("label", .string(example: KYCDocumentType.pan.label)),
                .required("status", .choice(["missing"] + KYCDocumentStatus.allCases.map(\.rawValue))),
            ], isClosed: true))
    static let balance = Schema.object(
        [
            .required("pending", .money(125_000)), .required("available", .money(80_000)),
            .required("on_hold", .money(0)),
        ], isClosed: true)
    static let missing = Schema.array(of: .choice(of: KYCDocumentType.self, example: .addressProof))

    static func documentMembers() -> [Schema.Property] {
        [
            .required("id", .id(KYCDocumentID.self)),
            .required("document_type", .choice(of: KYCDocumentType.self, example: .pan)),
            .required("status", .choice(of: KYCDocumentStatus.self, example: .underReview)),
            .required("media_type", .choice(["application/pdf", "image/jpeg", "image/png"])),
            .required("size", .integer(1...UploadKYCDocument.fileMax, example: 183_211)),
            .optional("number_masked", .string(example: "******383J")),
            .optional("valid_until", .string(format: "date", example: "2031-03-31")),
            .optional("reason_code", .string(example: "unreadable")),
            .optional("note", .string(example: "The number cannot be read.")), .required("created_at", .timestamp),
        ]
    }
    static let document = Schema.object(documentMembers(), isClosed: true).named("KYCDocument")
    static let kyc = Schema.object(
        [.required("status", .choice(of: KYCStatus.self, example: .submitted)), .required("missing", missing)],
        isClosed: true)

    /// What `Seller.writeMembers` writes.
    private static func members() -> [Schema.Property] {
        [
            .required("id", .id(SellerID.self)), .required("slug", .string(example: "kaveri-traders")),
            .required("business_name", .string(example: "Kaveri Traders")),
            .required("legal_name", Schema.string(example: "Kaveri Traders LLP").orNull),
            .required("type", type.orNull),
            .optional("gstin", .string(example: "29AAGCB7383J1Z4")),
            .required("pan_masked", Schema.string(example: "******383J").orNull),
            .required("contact", Schema.object([]).example(contact.example)),
            .required("pickup_addresses", .array(of: .address)),
            .required(
                "bank",
                Schema.object(
                    [
                        .required("account_holder", .string(example: "Kaveri Traders LLP")),
                        .required("account_masked", .string(example: "********7890")),
                        .required("ifsc", .string(example: "HDFC0000123")),
                        .required("verified", .boolean(example: true)),
                    ], isClosed: true
                ).orNull),
            .required("status", .choice(of: SellerStatus.self, example: .active)),
            .required(
                "kyc",
                .object(
                    [
                        .required("status", .choice(of: KYCStatus.self, example: .verified)),
                        .required("documents", .array(of: document)),
                    ], isClosed: true)),
            .required("rating", rating), .optional("about", .string(example: "Household goods since 1987.")),
            .optional("logo", Picture.schema),
            .optional("return_policy", returnPolicy), .optional("holiday", holiday),
            .required("trusted", .boolean(example: false)), .optional("payouts_held_until", .timestamp),
            .optional(
                "reason",
                .object(
                    [
                        .required("code", .string(example: "documents-unclear")),
                        .optional("note", .string(example: "Send a newer address proof.")),
                        .required("may_resubmit", .boolean(example: true)),
                    ], isClosed: true)),
            .required("created_at", .timestamp), .required("version", .version),
        ]
    }

    static let seller = Schema.object(members(), isClosed: true).named("Seller")
    static let registered = Schema.object(members() + [.required("requirements", requirements)], isClosed: true)
        .named("RegisteredSeller")
    static let profile = Schema.object(
        members() + [.required("requirements", requirements), .required("balance", balance)], isClosed: true
    ).named("SellerProfile")
    static let listed = Schema.object(
        members() + [
            .required("gmv_30d", .money(9_310_000)), .required("open_orders", .integer(0...Int.max, example: 4)),
            .required("balance", balance),
        ], isClosed: true
    ).named("ListedSeller")
    static let detail = Schema.object(
        members() + [
            .required("requirements", requirements), .required("balance", balance),
            .required("open_orders", .integer(0...Int.max, example: 4)),
            .required(
                "kyc_documents",
                .array(of: .object(documentMembers() + [.required("url", link)], isClosed: true))),
            .required(
                "team",
                .array(
                    of: .object(
                        [.required("user_id", .id(UserID.self)), .required("role", .constant("owner"))],
                        isClosed: true))),
            .required(
                "commission_override",
                Schema.object([.required("rate_bps", .integer(0...5000, example: 850))], isClosed: true).orNull),
            .required("commission", commission.orNull),
            .required("history", .array(of: historyEntry)),
        ], isClosed: true
    ).named("SellerDetail")

    static let link = Schema.string(
        example: KYCLinks.path
            + "?id=kyc_01jd3k5v8x9ya&admin=usr_01jd3k5v8x9ya&session=ses_01jd3k5v8x9ya&expires=1795000000&signature=q8Zr1mVt5c0L2pXw7yBn4dKs"
    ).says("For this admin, for five minutes.")

    private static let commission = Schema.object(
        [
            .required("rule_id", .id(CommissionID.self)), .required("version", .integer(1...Int.max, example: 3)),
            .required("scope", .choice(["seller", "global"], example: "seller")),
            .required("rate_bps", .integer(0...5000, example: 850)), .required("fixed_fee", .money(500)),
            .optional("min_fee", .money(300)), .optional("max_fee", .money(50_000)),
            .required("effective_from", .timestamp), .optional("effective_to", .timestamp),
        ], isClosed: true
    ).says("The rule in force for what no rule of a product or category is for; null where there is none.")

    private static let historyEntry = Schema.object(
        [
            .required("at", .timestamp), .required("subject", .choice(["seller", "kyc", "document"])),
            .required("event", .string(example: "approve")), .required("from", .string(example: "pending_approval")),
            .required("to", .string(example: "active")), .required("actor", .choice(["admin", "user", "system"])),
            .optional("reason_code", .string(example: "documents-unclear")),
            .optional("note", .string(example: "Send a newer address proof.")),
        ], isClosed: true)

    /// What an act of an admin on a seller takes.
    static func act(needsReason: Bool, _ more: [Schema.Property] = []) -> Schema {
        let code = Schema.string(length: 1...60, pattern: "^[a-z0-9_-]+$", example: "documents-unclear")
        let note = Schema.string(length: 1...2000, example: "Send a newer address proof.")
        return .object(
            [.required("id", .id(SellerID.self))]
                + (needsReason
                    ? [.required("reason_code", code), .required("note", note)]
                    : [.optional("reason_code", code.orNull), .optional("note", note.orNull)]) + more)
    }
}
