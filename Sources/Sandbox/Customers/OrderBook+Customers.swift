// SPDX-License-Identifier: Apache-2.0
import HTTP

extension OrderBook {
    func customer(_ id: String) throws(ProviderError) -> ProviderCustomer {
        guard let customer = customers[id] else { throw .unknownID }
        return customer
    }

    /// One with the same address and number is refused, or given back where `fail_existing` is 0.
    mutating func createCustomer(_ fields: RequestFields) throws(ProviderError) -> ProviderCustomer {
        try fields.allow(only: ["name", "email", "contact", "fail_existing", "gstin", "notes"])
        var customer = ProviderCustomer(id: ids.make("cust_"), createdAt: now, notes: try Notes(fields["notes"]))
        try Self.read(fields, into: &customer)
        guard customer.email != nil || customer.contact != nil else {
            throw .invalid("contact", "The contact or email field is required.")
        }
        if let known = twin(of: customer) {
            guard try !failsExisting(fields) else { throw .refused("Customer already exists for the merchant") }
            return known
        }
        customers.makeRoom(in: limits.customers)
        customers[customer.id] = customer
        return customer
    }

    mutating func editCustomer(_ id: String, _ fields: RequestFields) throws(ProviderError) -> ProviderCustomer {
        var customer = try customer(id)
        try fields.allow(only: ["name", "email", "contact", "gstin", "notes"])
        try Self.read(fields, into: &customer)
        if let notes = fields["notes"] { customer.notes = try Notes(notes) }
        guard twin(of: customer) == nil else { throw .refused("Customer already exists for the merchant") }
        customers[id] = customer
        return customer
    }

    private func twin(of customer: ProviderCustomer) -> ProviderCustomer? {
        customers.newestFirst.first {
            $0.id != customer.id && $0.email == customer.email && $0.contact == customer.contact
        }
    }

    private static func read(_ fields: RequestFields, into customer: inout ProviderCustomer) throws(ProviderError) {
        customer.name = try fields.text("name", max: 50) ?? customer.name
        customer.email = try fields.text("email", max: 64) ?? customer.email
        if let contact = fields["contact"] {
            let text = contact.string ?? contact.numberText ?? ""
            guard (1...15).contains(text.utf8.count) else {
                throw .invalid("contact", "The contact may not be greater than 15 characters.")
            }
            customer.contact = text
        }
        customer.gstin = try fields.text("gstin", max: 15) ?? customer.gstin
    }

    private func failsExisting(_ fields: RequestFields) throws(ProviderError) -> Bool {
        guard let value = fields["fail_existing"] else { return true }
        switch (value.bool, value.int64, value.string) {
        case (true?, _, _), (_, 1?, _), (_, _, "1"?): return true
        case (false?, _, _), (_, 0?, _), (_, _, "0"?): return false
        default: throw .invalid("fail_existing", "The fail_existing must be 0 or 1.")
        }
    }

    mutating func createFundAccount(_ fields: RequestFields) throws(ProviderError) -> FundAccount {
        try fields.allow(only: ["customer_id", "account_type", "bank_account"])
        let customer = try customer(RequestFields.required("customer_id", fields.text("customer_id", max: 64)))
        guard try fields.text("account_type", max: 32) == "bank_account" else {
            throw .invalid("account_type", "The account_type must be bank_account.")
        }
        let bank = try RequestFields.required("bank_account", fields.fields("bank_account"))
        try bank.allow(only: ["name", "account_number", "ifsc"])
        let ifsc = try RequestFields.required("ifsc", bank.text("ifsc", max: 11))
        guard ifsc.utf8.count == 11 else { throw .invalid("ifsc", "The ifsc must be 11 characters.") }
        let account = FundAccount(
            id: ids.make("fa_"), customerID: customer.id,
            name: try RequestFields.required("name", bank.text("name", max: 120)), ifsc: ifsc,
            number: try RequestFields.required("account_number", bank.text("account_number", max: 40)), createdAt: now)
        fundAccounts.makeRoom(in: limits.customers)
        fundAccounts[account.id] = account
        return account
    }
}
