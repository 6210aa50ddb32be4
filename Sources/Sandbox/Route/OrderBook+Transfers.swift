// SPDX-License-Identifier: Apache-2.0
import HTTP

extension OrderBook {
    typealias TransferChange = (transfer: ProviderTransfer, events: [EventDraft])

    /// How long a transfer is under way, in seconds.
    private static let transferSeconds: Int64 = 5

    func transfer(_ id: String) throws(ProviderError) -> ProviderTransfer {
        guard let transfer = transfers[id] else { throw .unknownID }
        return transfer
    }

    /// A payment's transfers, newest first: those of its order too, once it has paid for them.
    func transfers(of payment: ProviderPayment) -> [ProviderTransfer] {
        payment.transferIDs.reversed().compactMap { transfers[$0] }
    }

    // MARK: Making

    /// Checks an order's transfers before it is made.
    func check(_ new: [NewTransfer], ofOrder amount: Int64, _ currency: Currency) throws(ProviderError) {
        guard !new.isEmpty else { return }
        guard currency == .inr else { throw .invalid("transfers", "Transfers are made in INR only.") }
        for transfer in new { _ = try payableAccount(transfer.account) }
        guard new.reduce(0, { $0 + $1.amount }) <= amount else {
            throw .invalid("transfers", "The sum of amount requested for transfer is greater than the order amount")
        }
        guard transfers.count + new.count <= limits.transfers else { throw .throttled }
    }

    /// Makes the transfers of a new order; they begin when it is paid.
    mutating func makeTransfers(_ new: [NewTransfer], ofOrder id: String) -> [String] {
        new.map { make($0, source: id, payment: nil, .created).id }
    }

    /// An order is paid by a payment: its transfers begin.
    mutating func beginTransfers(_ order: ProviderOrder, by payment: inout ProviderPayment) {
        for id in order.transferIDs {
            guard var transfer = transfers[id], transfer.status == .created else { continue }
            transfer.status = .pending
            transfer.paymentID = payment.id
            transfers[id] = transfer
            payment.transferIDs.append(id)
            payment.amountTransferred += transfer.amount
            later(.transfer(id), in: Self.transferSeconds)
        }
    }

    /// Transfers from a captured payment; of what is left of it after its fee.
    mutating func transfer(
        from paymentID: String, _ new: [NewTransfer]
    ) throws(ProviderError) -> [ProviderTransfer] {
        let payment = try payment(paymentID)
        guard payment.status == .captured else {
            throw .refused("The payment status should be captured for action to be taken")
        }
        for transfer in new { _ = try payableAccount(transfer.account) }
        let left = payment.amount - (payment.fee?.total ?? 0) - payment.amountTransferred - payment.amountRefunded
        guard new.reduce(0, { $0 + $1.amount }) <= left else {
            throw .refused("The sum of amount requested for transfer is greater than the captured amount")
        }
        guard transfers.count + new.count <= limits.transfers else { throw .throttled }
        let made = new.map { make($0, source: paymentID, payment: paymentID, .pending) }
        payments[paymentID]?.transferIDs += made.map(\.id)
        payments[paymentID]?.amountTransferred += new.reduce(0) { $0 + $1.amount }
        return made
    }

    /// A transfer from the platform's own balance.
    mutating func transfer(_ new: NewTransfer) throws(ProviderError) -> ProviderTransfer {
        _ = try payableAccount(new.account)
        guard money.balance(of: EventDraft.accountID) >= new.amount else {
            throw .refused("Your account does not have enough balance to carry out the transfer operation.")
        }
        guard transfers.count < limits.transfers else { throw .throttled }
        return make(new, source: EventDraft.accountID, payment: nil, .pending)
    }

    private mutating func make(
        _ new: NewTransfer, source: String, payment: String?, _ status: ProviderTransfer.Status
    ) -> ProviderTransfer {
        let transfer = ProviderTransfer(
            id: ids.make("trf_"), source: source, recipient: new.account, amount: new.amount, createdAt: now,
            notes: new.notes, linkedNotes: new.linkedNotes, isOnHold: new.isOnHold, onHoldUntil: new.onHoldUntil,
            status: status, paymentID: payment)
        transfers[transfer.id] = transfer
        if status == .pending { later(.transfer(transfer.id), in: Self.transferSeconds) }
        return transfer
    }

    // MARK: Changing

    /// Holds the recipient's share back, or no longer.
    mutating func editTransfer(_ id: String, _ fields: RequestFields) throws(ProviderError) -> ProviderTransfer {
        var transfer = try transfer(id)
        try fields.allow(only: ["on_hold", "on_hold_until"])
        guard transfer.settlementID == nil else { throw .refused("The transfer is settled already.") }
        let isOnHold = try RequestFields.required("on_hold", NewTransfer.flag(fields))
        let until = try fields.integer("on_hold_until", in: NewTransfer.holdTimes)
        guard until == nil || isOnHold else {
            throw .invalid("on_hold_until", "The on_hold_until may be sent only when on_hold is true.")
        }
        transfer.isOnHold = isOnHold
        transfer.onHoldUntil = until
        transfers[id] = transfer
        return transfer
    }

    /// - Parameter succeeds: a transfer that has failed may still be processed; the provider tries again.
    mutating func decideTransfer(_ id: String, succeeds: Bool) throws(ProviderError) -> TransferChange {
        let transfer = try transfer(id)
        guard transfer.status == .pending || (succeeds && transfer.status == .failed) else {
            throw .refused("The transfer is \(transfer.status.rawValue) already.")
        }
        return complete(transfer, succeeds: succeeds)
    }

    /// The same with a transfer at hand that is under way.
    mutating func complete(_ transfer: ProviderTransfer, succeeds: Bool) -> TransferChange {
        var transfer = transfer
        transfer.status = succeeds ? .processed : .failed
        transfer.processedAt = succeeds ? now : nil
        transfers[transfer.id] = transfer
        if succeeds {
            let fee = transfer.fee
            enter(
                .init(
                    .transfer, transfer.id, of: EventDraft.accountID, amount: transfer.amount,
                    debit: transfer.amount + fee.total, fee: fee.total, tax: fee.tax, at: now,
                    payment: transfer.paymentID))
            enter(
                .init(
                    .transfer, transfer.id, of: transfer.recipient, amount: transfer.amount, credit: transfer.amount,
                    at: now, payment: transfer.paymentID))
        }
        return (transfer, [EventDraft(succeeds ? .transferProcessed : .transferFailed, transfer)])
    }

    // MARK: Reversing

    /// Takes money back from a linked account.
    /// - Parameter amount: nil: all that is left.
    mutating func reverse(
        _ id: String, _ amount: Int64?, notes: Notes, refund: String? = nil
    ) throws(ProviderError) -> ProviderReversal {
        var transfer = try transfer(id)
        let amount = try checkReversal(transfer, amount)
        let reversal = ProviderReversal(
            id: ids.make("rvrsl_"), transferID: id, amount: amount, notes: notes, createdAt: now, refundID: refund)
        transfer.reversals.append(reversal)
        transfer.amountReversed += amount
        transfer.status = transfer.amountReversed == transfer.amount ? .reversed : .partiallyReversed
        transfers[id] = transfer
        if let payment = transfer.paymentID { payments[payment]?.amountTransferred -= amount }
        enter(
            .init(
                .adjustment, reversal.id, of: EventDraft.accountID, amount: amount, credit: amount, at: now,
                payment: transfer.paymentID))
        enter(
            .init(
                .adjustment, reversal.id, of: transfer.recipient, amount: amount, debit: amount, at: now,
                payment: transfer.paymentID))
        return reversal
    }

    private func checkReversal(_ transfer: ProviderTransfer, _ amount: Int64?) throws(ProviderError) -> Int64 {
        guard transfer.status == .processed || transfer.status == .partiallyReversed else {
            throw .refused("Only a processed transfer can be reversed.")
        }
        let left = transfer.amount - transfer.amountReversed
        let amount = amount ?? left
        guard amount <= left else {
            throw .invalid("amount", "The amount of the reversal is greater than what is left of the transfer.")
        }
        guard transfer.reversals.count < limits.reversalsPerTransfer else {
            throw .refused("Reversals of this transfer have exceeded the limit.")
        }
        guard money.balance(of: transfer.recipient) >= amount else {
            throw .refused("The linked account does not have sufficient balance to process reversal.")
        }
        return amount
    }

    /// The transfers that a full refund takes back with it.
    /// - Throws: when one of them cannot be reversed; then nothing has changed.
    func reversible(of payment: ProviderPayment) throws(ProviderError) -> [ProviderTransfer] {
        var wanted: [String: Int64] = [:]
        let reversible = transfers(of: payment).filter { $0.status != .reversed && $0.status != .failed }
        for transfer in reversible {
            wanted[transfer.recipient, default: 0] += try checkReversal(transfer, nil)
        }
        for (recipient, amount) in wanted {
            guard money.balance(of: recipient) >= amount else {
                throw .refused("The linked account does not have sufficient balance to process reversal.")
            }
        }
        return reversible
    }
}
