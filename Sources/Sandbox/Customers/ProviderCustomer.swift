// SPDX-License-Identifier: Apache-2.0
import HTTP

/// Somebody who pays.
struct ProviderCustomer: Sendable {
    let id: String
    /// Unix seconds.
    let createdAt: Int64
    var name: String?
    var email: String?
    var contact: String?
    var gstin: String?
    var notes: Notes
}

extension ProviderCustomer: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("entity", "customer")
            json.field("name", name)
            json.field("email", email)
            json.field("contact", contact)
            json.field("gstin", gstin)
            json.field("notes", notes)
            json.field("created_at", createdAt)
        }
    }
}

/// A customer's bank account, to which money can be sent.
struct FundAccount: Sendable {
    let id: String
    let customerID: String
    let name: String
    let ifsc: String
    let number: String
    /// Unix seconds.
    let createdAt: Int64
}

extension FundAccount: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("entity", "fund_account")
            json.field("customer_id", customerID)
            json.field("account_type", "bank_account")
            json.object("bank_account") { json in
                json.field("ifsc", ifsc)
                // A bank's letters are the first four.
                json.field("bank_name", String(ifsc.prefix(4)))
                json.field("name", name)
                json.field("account_number", number)
                json.field("notes", Notes())
            }
            json.nullField("batch_id")
            json.field("active", true)
            json.field("created_at", createdAt)
        }
    }
}
