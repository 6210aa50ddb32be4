// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Pictures

/// A person with an account, as the API shows them to themselves.
struct User: Sendable, Equatable {
    let id: UserID
    let email: String
    let phone: String?
    let fullName: String
    let locale: String
    let roles: Roles
    let status: UserStatus
    let isEmailVerified: Bool
    let createdAt: Timestamp
    let version: Int64
    /// What is shown of them; nil: nothing.
    let avatar: Picture?

    /// The tag of this version.
    var entityTag: EntityTag { EntityTag(version: version) }

    /// Writes the members of the object, so that an answer can add its own.
    func writeMembers(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("email", email)
        json.fieldIfPresent("phone", phone)
        json.field("full_name", fullName)
        json.field("locale", locale)
        json.field("roles", roles.names)
        json.field("status", status.rawValue)
        json.field("email_verified", isEmailVerified)
        json.field("created_at", createdAt)
        json.field("version", version)
        json.fieldIfPresent("avatar", avatar)
    }
}

extension User: JSONWritable {
    /// Writes the user as an object.
    func write(to json: inout JSONWriter) {
        json.object { writeMembers(to: &$0) }
    }
}

/// A postal address of a user.
struct UserAddress: Sendable, Equatable {
    let id: AddressID
    let label: String?
    let postal: PostalAddress
    let country: String
    let isDefaultShipping: Bool
    let isDefaultBilling: Bool
    let version: Int64
}

extension UserAddress: JSONWritable {
    /// Writes the address as an object.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.fieldIfPresent("label", label)
            json.field("name", postal.name)
            json.field("phone", postal.phone)
            json.field("line1", postal.line1)
            json.fieldIfPresent("line2", postal.line2)
            json.field("city", postal.city)
            json.field("state_code", postal.state)
            json.field("postal_code", postal.postalCode)
            json.field("country", country)
            json.fieldIfPresent("gstin", postal.gstin)
            json.field("is_default_shipping", isDefaultShipping)
            json.field("is_default_billing", isDefaultBilling)
            json.field("version", version)
        }
    }
}

extension User {
    /// The user as an answer, with the tag of its version.
    var response: HTTPResponse {
        var response = HTTPResponse.json(self)
        response.headers.append(entityTag.header)
        return response
    }
}
