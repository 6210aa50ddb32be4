// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

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
        .required("version", .version),
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

    /// An address with what makes it one of a user's.
    static let address = Schema.object(
        [.required("id", .id(AddressID.self)), .optional("label", .string(example: "Home"))]
            + Schema.addressProperties { $0 } + [
                .required("country", .string(length: 2...2, example: "IN")),
                .required("is_default_shipping", .boolean(example: true)),
                .required("is_default_billing", .boolean(example: true)),
            ], isClosed: true
    ).named("Address")

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
