// SPDX-License-Identifier: Apache-2.0
import HTTP

extension OrderBook {
    /// How far ahead a link's end must be, in seconds: the provider's quarter of an hour.
    private static let expiryLeast: Int64 = 900

    func link(_ id: String) throws(ProviderError) -> PaymentLink {
        guard let link = links[id] else { throw .unknownID }
        return link
    }

    mutating func createLink(_ fields: RequestFields) throws(ProviderError) -> PaymentLink {
        try fields.allow(only: [
            "amount", "currency", "accept_partial", "first_min_partial_amount", "description", "reference_id",
            "customer",
            "notify", "reminder_enable", "notes", "callback_url", "callback_method", "expire_by", "upi_link", "options",
        ])
        let currency =
            try fields.text("currency", max: 16).map { (code) throws(ProviderError) in try Currency(code) } ?? .inr
        let amount = try RequestFields.required("amount", fields.integer("amount", in: 1...SandboxLimits.amountMax))
        try currency.check(amount, min: currency.orderMin)
        let acceptsParts = try fields.flag("accept_partial") ?? false
        let first = try fields.integer("first_min_partial_amount", in: 1...amount)
        guard first == nil || acceptsParts else {
            throw .invalid("first_min_partial_amount", "The first_min_partial_amount needs accept_partial.")
        }
        let reference = try fields.text("reference_id", max: 40)
        try checkReference(reference, besides: nil)
        let customer = try fields.fields("customer").map { (person) throws(ProviderError) in
            try KeptMembers(person, names: ["contact", "email", "name"])
        }
        let notify = try fields.fields("notify")
        let link = PaymentLink(
            id: ids.make("plink_"), amount: amount, currency: currency, firstPartMin: first ?? 0,
            description: try fields.text("description", max: 2048), customer: customer,
            callbackURL: try fields.text("callback_url", max: 2048),
            callbackMethod: try fields.text("callback_method", max: 8),
            notifiesBySMS: try notify?.flag("sms") ?? false, notifiesByEmail: try notify?.flag("email") ?? false,
            createdAt: now, updatedAt: now, acceptsParts: acceptsParts, referenceID: reference ?? "",
            expireBy: try expiry(fields), reminds: try fields.flag("reminder_enable") ?? false,
            notes: try Notes(fields["notes"]))
        links.makeRoom(in: limits.links)
        keep(link)
        return link
    }

    /// Until it is paid, and not after its end.
    mutating func editLink(_ id: String, _ fields: RequestFields) throws(ProviderError) -> PaymentLink {
        var link = try link(id)
        try fields.allow(only: ["reference_id", "expire_by", "notes", "reminder_enable", "accept_partial"])
        guard link.status.isOpen else { throw Self.closed(link) }
        if let reference = try fields.text("reference_id", max: 40) {
            try checkReference(reference, besides: id)
            link.referenceID = reference
        }
        link.expireBy = try expiry(fields) ?? link.expireBy
        if let notes = fields["notes"] { link.notes = try Notes(notes) }
        link.reminds = try fields.flag("reminder_enable") ?? link.reminds
        link.acceptsParts = try fields.flag("accept_partial") ?? link.acceptsParts
        link.updatedAt = now
        keep(link)
        return link
    }

    mutating func cancelLink(_ id: String) throws(ProviderError) -> (PaymentLink, [EventDraft]) {
        var link = try link(id)
        guard link.status == .created else { throw Self.closed(link) }
        link.status = .cancelled
        link.cancelledAt = now
        link.updatedAt = now
        links[id] = link
        return (link, [EventDraft(.linkCancelled, link)])
    }

    /// Its end has come; one that was put off has not.
    mutating func expireLink(_ id: String) -> [EventDraft] {
        guard var link = links[id], link.status.isOpen, let expireBy = link.expireBy, expireBy <= now else { return [] }
        link.status = .expired
        link.expiredAt = now
        link.updatedAt = now
        links[id] = link
        return [EventDraft(.linkExpired, link)]
    }

    /// Somebody pays it, whole or in part.
    mutating func payLink(
        _ id: String, _ amount: Int64?, _ outcome: CheckoutAttempt.Outcome, _ method: ProviderPayment.Method.Name
    ) throws(ProviderError) -> ((PaymentLink, ProviderPayment), [EventDraft]) {
        var link = try link(id)
        guard link.status.isOpen else { throw Self.closed(link) }
        let due = link.amount - link.amountPaid
        let amount = amount ?? due
        guard
            amount == due || (link.acceptsParts && amount < due && (link.amountPaid > 0 || amount >= link.firstPartMin))
        else { throw .invalid("amount", "The amount is not what is to be paid.") }
        let orderID: String
        if let known = link.orderID {
            orderID = known
        } else {
            orderID = try create(NewOrder(amount: link.amount, currency: link.currency, notes: link.notes), at: now).id
        }
        link.orderID = orderID
        links[id] = link
        var attempt = CheckoutAttempt(outcome)
        attempt.method = method
        attempt.amount = amount
        let (payment, events) = try pay(orderID, attempt, at: now)
        guard payment.status == .captured else { return ((link, payment), events) }
        link.amountPaid += amount
        link.parts.append(.init(payment: payment.id, amount: amount, method: payment.method.name, createdAt: now))
        link.status = link.amountPaid >= link.amount ? .paid : .partiallyPaid
        link.updatedAt = now
        links[id] = link
        let name: EventDraft.Name = link.status == .paid ? .linkPaid : .linkPartiallyPaid
        let draft = orders[orderID].map { EventDraft(name, link, $0, payment) } ?? EventDraft(name, link, payment)
        return ((link, payment), events + [draft])
    }

    private mutating func keep(_ link: PaymentLink) {
        links[link.id] = link
        if let expireBy = link.expireBy { later(.linkExpiry(link.id), at: expireBy) }
    }

    private func expiry(_ fields: RequestFields) throws(ProviderError) -> Int64? {
        guard let time = try fields.integer("expire_by", in: 0...NewTransfer.holdTimes.upperBound), time != 0 else {
            return nil
        }
        guard time >= now + Self.expiryLeast else {
            throw .invalid("expire_by", "The expire_by must be at least 15 minutes ahead.")
        }
        return time
    }

    private func checkReference(_ reference: String?, besides id: String?) throws(ProviderError) {
        guard let reference, !reference.isEmpty,
            let other = links.newestFirst.first(where: { $0.referenceID == reference && $0.id != id })
        else { return }
        throw .invalid("reference_id", "payment link with reference_id \(reference) already exists: \(other.id)")
    }

    private static func closed(_ link: PaymentLink) -> ProviderError {
        .refused("The payment link is \(link.status.rawValue): this cannot be done any more.")
    }
}
