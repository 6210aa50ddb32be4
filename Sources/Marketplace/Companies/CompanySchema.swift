// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The shapes of companies.
enum CompanySchema {
    static let legalName = Schema.string(length: 1...200, example: "Loom Traders Private Limited")
    static let email = Schema.string(length: 5...254, example: "bills@loom.example")
    static let gstin = Schema.string(
        length: 15...15, pattern: "^[0-9A-Za-z]{15}$", example: "29AAGCB7383J1Z4"
    ).says("With a check character; the PAN is in it.")
    static let pan = Schema.string(pattern: "^[A-Z]{5}[0-9]{4}[A-Z]$", example: "AAGCB7383J")
    static let note = Schema.string(length: 1...500, example: "Checked against the register.")

    static let company = Schema.object(
        [
            .required("id", .id(CompanyID.self)), .required("legal_name", legalName), .required("gstin", gstin),
            .required("pan", pan), .required("billing_email", email),
            .required(
                "status",
                Schema.choice(of: CompanyStatus.self, example: .verified).says(
                    "Prices of companies are for verified ones.")),
            .optional("status_note", note), .required("created_at", .timestamp), .required("version", .version),
        ], isClosed: true
    ).named("Company")

    static let role = Schema.choice(of: CompanyRole.self, example: .buyer)

    static let member = Schema.object(
        [
            .required("user_id", .id(UserID.self)), .optional("full_name", .string(example: "Asha Rao")),
            .optional("email", .string(example: "asha.rao@example.in")), .required("role", role),
            .required("added_at", .timestamp),
        ], isClosed: true
    ).named("CompanyMember")

    static let members = Schema.object(
        [.required("data", .array(of: member, count: 0...CompaniesStore.membersMax))], isClosed: true)

    static let expectedVersion = Schema.Property.optional("expected_version", Schema.version.orNull)
    static let id = Schema.Property.required("id", .id(CompanyID.self))
    static let user = Schema.Property.required("user_id", .id(UserID.self))
}
