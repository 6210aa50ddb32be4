// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// What a member of a company may do for it.
public enum CompanyRole: String, CaseIterable, Hashable, Sendable {
    /// Buys, and decides who else belongs to it.
    case admin
    /// Buys.
    case buyer
    /// Approves orders.
    case approver
    /// Looks on.
    case viewer

    /// Whether carts of such a member may be for the company; `checkout.save_carts_v3` judges the same.
    public var mayBuy: Bool { self == .admin || self == .buyer }
}

/// Whether somebody has looked at who a company says it is.
enum CompanyStatus: String, CaseIterable, Hashable, Sendable {
    case pending
    case verified
    case rejected
}

/// A company that buys.
struct Company: Sendable, Equatable {
    let id: CompanyID
    let legalName: String
    let gstin: String
    let pan: String
    let billingEmail: String
    let status: CompanyStatus
    let statusNote: String?
    let version: Int64
    let createdAt: Timestamp
}

extension Company: JSONWritable {
    /// Writes the company as its members see it.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("legal_name", legalName)
            json.field("gstin", gstin)
            json.field("pan", pan)
            json.field("billing_email", billingEmail)
            json.field("status", status.rawValue)
            json.fieldIfPresent("status_note", statusNote)
            json.field("created_at", createdAt)
            json.field("version", version)
        }
    }

    /// The answer with this company.
    func response(_ status: HTTPStatus = .ok) -> HTTPResponse {
        var response = HTTPResponse.json(self, status)
        response.headers.append(EntityTag(version: version).header)
        return response
    }
}

/// Somebody who belongs to a company.
struct CompanyMember: Sendable, Equatable {
    let user: UserID
    let role: CompanyRole
    let addedAt: Timestamp
}
