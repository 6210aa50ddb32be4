// SPDX-License-Identifier: Apache-2.0
import HTTP

extension OrderBook {
    func account(_ id: String) throws(ProviderError) -> ProviderAccount {
        guard let account = accounts[id] else { throw .unknownID }
        return account
    }

    /// One that can be changed.
    func openAccount(_ id: String) throws(ProviderError) -> ProviderAccount {
        let account = try account(id)
        guard account.status != .suspended else { throw .refused("The account is suspended.") }
        return account
    }

    /// One that money can be sent to.
    func payableAccount(_ id: String) throws(ProviderError) -> ProviderAccount {
        let account = try openAccount(id)
        guard account.status == .activated, let activatedAt = account.activatedAt else {
            throw .invalid("account", "The account is not activated.")
        }
        guard now - activatedAt >= ProviderAccount.coolingSeconds else {
            throw .invalid("account", "The account cannot be paid in the first 24 hours.")
        }
        return account
    }

    mutating func createAccount(_ fields: RequestFields) throws(ProviderError) -> ProviderAccount {
        try fields.allow(only: ProviderAccount.members + ["type", "notes", "tos_acceptance"])
        let email = try RequestFields.required("email", fields.text("email", max: 132))
        guard email.utf8.contains(UInt8(ascii: "@")) else {
            throw .invalid("email", "The email must be a valid email address.")
        }
        try Self.checkPhone(fields)
        guard try fields.text("type", max: 16) ?? "route" == "route" else {
            throw .invalid("type", "The type must be route.")
        }
        _ = try RequestFields.required("legal_business_name", fields.text("legal_business_name", max: 200))
        _ = try RequestFields.required("business_type", fields.text("business_type", max: 64))
        let reference = try fields.text("reference_id", max: 512)
        if let other = accounts.newestFirst.first(where: { $0.email == email }) {
            throw .refused("Merchant email already exists for account - \(other.id)")
        }
        if let reference, let other = accounts.newestFirst.first(where: { $0.referenceID == reference }) {
            throw .refused("The reference_id exists already for account - \(other.id)")
        }
        guard accounts.count < limits.accounts else { throw .throttled }
        let account = ProviderAccount(
            id: ids.make("acc_"), email: email, referenceID: reference, createdAt: now,
            kept: try KeptMembers(fields, names: ProviderAccount.members), notes: try Notes(fields["notes"]))
        accounts[account.id] = account
        return account
    }

    private static func checkPhone(_ fields: RequestFields) throws(ProviderError) {
        let phone = try RequestFields.required("phone", fields["phone"])
        let digits = phone.string ?? phone.numberText ?? ""
        guard (8...15).contains(digits.utf8.filter { $0 != UInt8(ascii: "+") }.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: "+") })
        else { throw .invalid("phone", "The phone must have 8 to 15 digits.") }
    }

    mutating func editAccount(_ id: String, _ fields: RequestFields) throws(ProviderError) -> ProviderAccount {
        var account = try openAccount(id)
        // Who it is does not change.
        let members = ProviderAccount.members.filter { $0 != "email" }
        try fields.allow(only: members + ["notes", "tos_acceptance"])
        if fields["phone"] != nil { try Self.checkPhone(fields) }
        try account.kept.merge(KeptMembers(fields, names: members))
        if let notes = fields["notes"] { account.notes = try Notes(notes) }
        accounts[id] = account
        return account
    }

    /// Deleting suspends.
    mutating func suspendAccount(_ id: String) throws(ProviderError) -> ProviderAccount {
        var account = try openAccount(id)
        account.status = .suspended
        account.suspendedAt = now
        accounts[id] = account
        return account
    }

    // MARK: Stakeholders

    func stakeholder(_ id: String, of accountID: String) throws(ProviderError) -> ProviderStakeholder {
        guard let stakeholder = try account(accountID).stakeholders[id] else { throw .unknownID }
        return stakeholder
    }

    mutating func createStakeholder(
        of accountID: String, _ fields: RequestFields
    ) throws(ProviderError) -> ProviderStakeholder {
        var account = try openAccount(accountID)
        try fields.allow(only: ProviderStakeholder.members + ["notes"])
        _ = try RequestFields.required("name", fields.text("name", max: 255))
        _ = try RequestFields.required("email", fields.text("email", max: 132))
        guard account.stakeholders.count < limits.accountParts else {
            throw .refused("The account has as many stakeholders as it can have.")
        }
        let stakeholder = ProviderStakeholder(
            id: ids.make("sth_"), createdAt: now,
            kept: try KeptMembers(fields, names: ProviderStakeholder.members), notes: try Notes(fields["notes"]))
        account.stakeholders[stakeholder.id] = stakeholder
        accounts[accountID] = account
        return stakeholder
    }

    mutating func editStakeholder(
        _ id: String, of accountID: String, _ fields: RequestFields
    ) throws(ProviderError) -> ProviderStakeholder {
        var account = try openAccount(accountID)
        var stakeholder = try stakeholder(id, of: accountID)
        try fields.allow(only: ProviderStakeholder.members + ["notes"])
        try stakeholder.kept.merge(KeptMembers(fields, names: ProviderStakeholder.members))
        if let notes = fields["notes"] { stakeholder.notes = try Notes(notes) }
        account.stakeholders[id] = stakeholder
        accounts[accountID] = account
        return stakeholder
    }
}
