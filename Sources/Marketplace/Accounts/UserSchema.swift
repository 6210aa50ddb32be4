// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Pictures

/// The shapes of accounts.
enum UserSchema {
    /// As `EmailAddress` reads it.
    static let email = Schema.string(
        length: 3...254, pattern: #"^[!-+\--?A-~]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$"#,
        example: "asha.rao@example.in")
    static let password = Schema.string(length: 1...1024, example: "seven quiet lakes")
    /// As people write it: with spaces and hyphens.
    static let newPhone = Schema.string(
        length: 1...32, pattern: #"^[ -]*\+?[ -]*([0-9][ -]*){7,15}$"#, example: "+91 98765 43210")
    static let locale = Schema.string(pattern: "^[a-z]{2,3}(-[A-Z]{2})?$", example: "en-IN")
    static let fullName = Schema.string(length: 1...200, example: "Asha Rao")
    static let roles = Schema.choice(Roles([.customer, .seller, .admin]).names)

    /// The members that every answer with a user has.
    static let members: [Schema.Property] = [
        .required("id", .id(UserID.self)), .required("email", email), .optional("phone", .phone),
        .required("full_name", fullName), .required("locale", locale),
        .required("roles", .array(of: roles, isUnique: true)),
        .required("status", .choice(of: UserStatus.self, example: .active)),
        .required("email_verified", .boolean(example: true)), .required("created_at", .timestamp),
        .required("version", .version), .optional("avatar", Picture.schema),
    ]

    static let user = Schema.object(members, isClosed: true).named("User")

    static let tokens = Schema.object(
        [
            .required(
                "access",
                .string(
                    pattern: #"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"#,
                    example: "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c3IifQ.c2lnbmF0dXJl"
                ).says("A JWT, valid for 15 minutes.")),
            .required("refresh", refresh.says("Opaque, valid for 30 days.")),
        ], isClosed: true
    ).named("Tokens")

    static let refresh = Schema.string(
        pattern: "^rt_[A-Za-z0-9_-]{43}$", example: "rt_m3Yx8cQ2vLw7Zp0RkT5bNf1JdHs9GuAe4oXiVq6yBtU")

    /// As `MailTokens` writes it; anything else is refused like a wrong one.
    static let mailToken = Schema.string(length: 1...128, example: "m3Yx8cQ2vLw7Zp0RkT5bNf1JdHs9GuAe4oXiVq6yBtU")

    /// A session of the caller's.
    static let session = Schema.object(sessionMembers + [.required("current", .boolean(example: true))], isClosed: true)
        .named("Session")

    static let sessionMembers: [Schema.Property] = [
        .required("id", .id(SessionID.self)), .optional("device_name", .string(example: "Asha's phone")),
        .optional("audience", .choice(of: AccountFields.LoginAudience.self, example: .customer)),
        .required("created_at", .timestamp), .required("last_used_at", .timestamp),
    ]

    /// An address with what makes it one of a user's.
    static let address = Schema.object(
        [.required("id", .id(AddressID.self)), .optional("label", .string(example: "Home"))]
            + Schema.addressProperties { $0 } + [
                .required("country", .string(length: 2...2, example: "IN")),
                .required("is_default_shipping", .boolean(example: true)),
                .required("is_default_billing", .boolean(example: true)),
                .required("version", .version),
            ], isClosed: true
    ).named("Address")

    /// The fields of an address in a body.
    static func newAddress(isComplete: Bool) -> Schema {
        func field(_ name: String, _ schema: Schema) -> Schema.Property {
            isComplete ? .required(name, schema) : .optional(name, schema.orNull)
        }
        let texts: [Schema.Property] = [
            field("name", .string(length: 1...120, example: "Asha Rao")), field("phone", newPhone),
            field("line1", .string(length: 1...200, example: "12 Lake Road")),
            .optional("line2", Schema.string(length: 1...200, example: "Indiranagar").orNull),
            field("city", .string(length: 1...120, example: "Bengaluru")),
            field("state_code", .choice(PostalAddress.states.sorted(), example: "KA")),
            field("postal_code", .string(pattern: "^[1-9][0-9]{5}$", example: "560001")),
            .optional("country", Schema.choice(["IN"]).orNull),
            .optional(
                "gstin",
                Schema.string(
                    pattern: "^[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z]Z[0-9A-Z]$", example: "29ABCDE1234F1Z5"
                ).orNull),
            .optional("label", Schema.string(length: 1...60, example: "Home").orNull),
            .optional("is_default_shipping", Schema.boolean(example: true).orNull),
            .optional("is_default_billing", Schema.boolean(example: true).orNull),
        ]
        let identity: [Schema.Property] =
            isComplete
            ? []
            : [.required("id", .id(AddressID.self)), .optional("expected_version", Schema.version.orNull)]
        return .object(identity + texts)
    }

    /// The user with what other parts of the shop know.
    static let profile = Schema.object(
        members + [
            .required(
                "default_addresses",
                .object([.required("shipping", address.orNull), .required("billing", address.orNull)], isClosed: true)),
            .required("companies", .array(of: company)), .optional("seller", seller),
            .required("unread_notifications", .integer(0...Int.max, example: 0)),
        ], isClosed: true
    ).named("Profile")

    /// A user in an admin's list.
    static let adminSummary = Schema.object(
        members + [
            .required("orders_count", .integer(0...Int.max, example: 3)),
            .required("last_login_at", Schema.timestamp.orNull),
        ], isClosed: true
    ).named("UserSummary")

    /// A user as admins see them.
    static let adminDetail = Schema.object(
        members + [
            .required("addresses", .array(of: address)),
            .required(
                "sessions",
                .array(of: .object(sessionMembers + [.optional("current", .boolean(example: false))], isClosed: true))),
            .required("last_orders", .array(of: lastOrder)),
            .required("companies", .array(of: company)), .optional("seller", seller),
            .required("unread_notifications", .integer(0...Int.max, example: 0)),
            .required("blocks", .array(of: block)),
        ], isClosed: true
    ).named("UserDetail")

    private static let lastOrder = Schema.object(
        [
            .required("id", .id(OrderID.self)), .required("status", .string(example: "confirmed")),
            .required("total", .money(259_800)), .required("created_at", .timestamp),
        ], isClosed: true)

    private static let block = Schema.object(
        [
            .required("blocked_by", .id(UserID.self)), .required("reason_code", .string(example: "fraud")),
            .required("note", .string(example: "Chargebacks on three cards.")), .required("blocked_at", .timestamp),
            .optional("unblocked_by", .id(UserID.self)), .optional("unblock_note", .string(example: "Cleared.")),
            .optional("unblocked_at", .timestamp),
        ], isClosed: true)

    private static let company = Schema.object(
        [
            .required("id", .id(CompanyID.self)), .required("name", .string(example: "Rao Traders LLP")),
            .required("role", .string(example: "buyer")),
        ], isClosed: true)

    private static let seller = Schema.object(
        [.required("id", .id(SellerID.self)), .required("status", .string(example: "active"))], isClosed: true)

    /// Which notifications are wanted, per kind and channel.
    static let preferences = Schema.map(
        of: .object(
            [.optional("in_app", .boolean(example: true)), .optional("email", .boolean(example: false))], isClosed: true
        ),
        names: .choice(NotificationPreferences.kinds.sorted()),
        example: ["order": ["in_app": true, "email": false]])
}
