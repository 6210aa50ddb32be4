// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// Which users an admin's list holds.
struct AdminUserFilter: Sendable {
    /// nil: whatever they may be.
    var role: Roles?
    var status: UserStatus?
    /// The beginning of a mail address, or a part of a telephone number or a name, in lower case.
    var text: String?
    /// Whether the text is looked for inside of numbers and names: three letters or digits in a row are what the index of parts knows.
    /// Of others it would have to read everything, so that they are looked for as beginnings.
    var hasPart: Bool {
        text?.split { !$0.isLetter && !$0.isNumber }.contains { $0.unicodeScalars.count >= 3 } ?? false
    }
    /// Not before.
    var from: Timestamp?
    /// Before.
    var to: Timestamp?

    static let parameters = ["role", "status", "q", "created_from", "created_to"]

    /// Reads the query's filters.
    ///
    /// - Throws: `Problem` 400 `malformed-request` for a repeated parameter, 422 for a value that is none.
    static func read(_ query: QueryItems) throws -> AdminUserFilter {
        var filter = AdminUserFilter()
        filter.role = try query.single("role", expected: "customer, seller or admin") { text in
            let role = Roles(names: [text])
            return role.isEmpty ? nil : role
        }
        filter.status = try query.single("status", expected: "a status") { UserStatus(rawValue: $0) }
        filter.text = try query.single("q", expected: "2 to 100 characters") { text in
            (2...100).contains(text.unicodeScalars.count) ? text.lowercased() : nil
        }
        filter.from = try query.single("created_from", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) }
        filter.to = try query.single("created_to", expected: "an RFC 3339 time") { Timestamp(rfc3339: $0) }
        return filter
    }

    /// The list that cursors are bound to.
    var identity: ListIdentity {
        var filters: [(name: String, value: String)] = []
        if let role { filters.append(("role", role.names.joined())) }
        if let status { filters.append(("status", status.rawValue)) }
        if let text { filters.append(("q", text)) }
        if let from { filters.append(("created_from", "\(from.microseconds)")) }
        if let to { filters.append(("created_to", "\(to.microseconds)")) }
        return ListIdentity(route: ListUsers.path, sort: "-created_at", filters: filters)
    }
}
