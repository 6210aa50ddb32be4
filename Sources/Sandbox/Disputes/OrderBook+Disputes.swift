// SPDX-License-Identifier: Apache-2.0

extension OrderBook {
    typealias DisputeChange = (dispute: ProviderDispute, events: [EventDraft])

    func dispute(_ id: String) throws(ProviderError) -> ProviderDispute {
        guard let dispute = disputes[id] else { throw .unknownID }
        return dispute
    }

    /// A payer's bank opens a dispute on a captured payment.
    mutating func openDispute(_ new: NewDispute, at now: Int64) throws(ProviderError) -> DisputeChange {
        var payment = try payment(new.paymentID)
        guard payment.isCaptured else { throw .refused("Only a captured payment can be disputed.") }
        guard payment.disputeIDs.count < limits.disputesPerPayment else {
            throw .refused("Disputes of this payment have exceeded the limit.")
        }
        let open = payment.disputeIDs.compactMap { disputes[$0] }.filter { !$0.status.isFinal }
        let amount = new.amount ?? payment.amount
        guard amount > 0, amount + open.reduce(0, { $0 + $1.amount }) <= payment.amount else {
            throw .invalid("amount", "The disputed amount is greater than the payment.")
        }
        let dispute = ProviderDispute(
            id: ids.make("disp_"), paymentID: payment.id, amount: amount, currency: payment.currency,
            reasonCode: new.reasonCode, createdAt: now, phase: new.phase, respondBy: now + new.respondWithin)
        payment.disputeIDs.append(dispute.id)
        payments[payment.id] = payment
        return change(dispute, .disputeCreated)
    }

    /// A later phase opens what was decided.
    mutating func reopenDispute(
        _ id: String, _ phase: ProviderDispute.Phase, respondBy: Int64
    ) throws(ProviderError) -> DisputeChange {
        var dispute = try dispute(id)
        guard dispute.status.isFinal else { throw .refused("The dispute is \(dispute.status.rawValue) still.") }
        guard phase.isAfter(dispute.phase) else {
            throw .invalid("phase", "The phase must be later than \(dispute.phase.rawValue).")
        }
        dispute.phase = phase
        dispute.status = .open
        dispute.respondBy = respondBy
        dispute.amountDeducted = 0
        dispute.evidence.submittedAt = nil
        return change(dispute, .disputeCreated)
    }

    /// The merchant gives in.
    mutating func acceptDispute(_ id: String) throws(ProviderError) -> DisputeChange {
        let dispute = try dispute(id)
        guard dispute.status == .open else { throw Self.notOpen(dispute) }
        return lose(dispute, dispute.amount)
    }

    /// The merchant says something against it; handed in, it is under review.
    mutating func contestDispute(
        _ id: String, _ fields: RequestFields, at now: Int64
    ) throws(ProviderError) -> DisputeChange {
        var dispute = try dispute(id)
        guard dispute.status == .open else { throw Self.notOpen(dispute) }
        try fields.allow(only: ["action", "amount", "summary", "others"] + DisputeEvidence.proofs)
        let documents = documents
        try dispute.evidence.merge(fields, amountMax: dispute.amount) { documents[$0] != nil }
        guard try fields.choice("action", of: DisputeAction.self) == .submit else {
            disputes[id] = dispute
            return (dispute, [])
        }
        guard dispute.evidence.hasDocument else {
            throw .refused("At least one document must be provided to contest the dispute.")
        }
        dispute.status = .underReview
        dispute.evidence.submittedAt = now
        return change(dispute, .disputeUnderReview)
    }

    /// The bank decides.
    mutating func decideDispute(_ id: String, _ decision: DisputeDecision) throws(ProviderError) -> DisputeChange {
        var dispute = try dispute(id)
        guard !dispute.status.isFinal else { throw Self.notOpen(dispute) }
        switch decision {
        case .underReview:
            guard dispute.status == .open else { throw Self.notOpen(dispute) }
            dispute.status = .underReview
            return change(dispute, .disputeUnderReview)
        case .actionRequired(let respondBy):
            dispute.status = .open
            dispute.respondBy = respondBy
            dispute.evidence.submittedAt = nil
            return change(dispute, .disputeActionRequired)
        case .won:
            dispute.status = .won
            return change(dispute, .disputeWon)
        case .closed:
            dispute.status = .closed
            return change(dispute, .disputeClosed)
        case .lost(let amount):
            guard (1...dispute.amount).contains(amount ?? dispute.amount) else {
                throw .invalid("amount_deducted", "The amount_deducted must be between 1 and \(dispute.amount).")
            }
            return lose(dispute, amount ?? dispute.amount)
        }
    }

    /// A dispute is lost, and the money with it.
    mutating func lose(_ dispute: ProviderDispute, _ amount: Int64) -> DisputeChange {
        var dispute = dispute
        dispute.status = .lost
        dispute.amountDeducted = amount
        return change(dispute, .disputeLost)
    }

    private mutating func change(_ dispute: ProviderDispute, _ name: EventDraft.Name) -> DisputeChange {
        disputes[dispute.id] = dispute
        return (dispute, payments[dispute.paymentID].map { [EventDraft(name, $0, dispute)] } ?? [])
    }

    private static func notOpen(_ dispute: ProviderDispute) -> ProviderError {
        .refused("The dispute is \(dispute.status.rawValue): this cannot be done any more.")
    }
}

/// What a merchant does with its evidence.
enum DisputeAction: String, CaseIterable, Sendable {
    case draft, submit
}

/// What a bank makes of a dispute.
enum DisputeDecision: Sendable {
    case underReview, won, closed
    /// The merchant is to answer once more, until then (Unix seconds).
    case actionRequired(Int64)
    /// nil: all of it.
    case lost(Int64?)
}
