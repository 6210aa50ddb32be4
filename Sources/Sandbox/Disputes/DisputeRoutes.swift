// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// `/v1/disputes`, and what payers' banks do: `/control/disputes`.
enum DisputeRoutes {
    static func routes(_ provider: PaymentProvider) -> [Route] {
        merchantRoutes(provider) + controlRoutes(provider)
    }

    private static func merchantRoutes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        return [
            Route(.get, "/v1/disputes", name: "disputes.all", access: access, query: nil) { request in
                let list = try ListQuery(request.query, others: ["expand[]"])
                let expands = try expandsPayment(request.query)
                return .json(EntityList(items: await provider.listDisputes(list, expands)))
            },
            Route(.get, "/v1/disputes/{id}", name: "disputes.fetch", access: access, query: nil) { request in
                try ListQuery.allow(request.query, only: ["expand[]"])
                let expands = try expandsPayment(request.query)
                return .json(try await provider.dispute(request.id, expands))
            },
            Route(.post, "/v1/disputes/{id}/accept", name: "disputes.accept", access: access, query: nil) { request in
                try RequestFields(request).allow(only: [])
                return .json(try await provider.acceptDispute(request.id))
            },
            Route(.patch, "/v1/disputes/{id}/contest", name: "disputes.contest", access: access, query: nil) {
                request in
                .json(try await provider.contestDispute(request.id, RequestFields(request)))
            },
        ]
    }

    private static func controlRoutes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.control.rawValue
        return [
            Route(.post, "/control/disputes", name: "control.dispute", access: access) { request in
                .json(try await provider.openDispute(NewDispute(RequestFields(request))))
            },
            Route(.post, "/control/disputes/{id}/reopen", name: "control.dispute.reopen", access: access) { request in
                let fields = try RequestFields(request)
                try fields.allow(only: ["phase", "respond_within"])
                let phase = try RequestFields.required(
                    "phase", fields.choice("phase", of: ProviderDispute.Phase.self))
                let respondWithin = try NewDispute.respondWithin(fields)
                return .json(try await provider.reopenDispute(request.id, phase, respondWithin))
            },
            Route(.post, "/control/disputes/{id}/{decision}", name: "control.dispute.decide", access: access) {
                request in
                let fields = try RequestFields(request)
                let now = await provider.seconds
                let decision = try decision(request.parameters["decision"] ?? "", fields, at: now)
                return .json(try await provider.decideDispute(request.id, decision))
            },
        ]
    }

    private static func decision(
        _ name: String, _ fields: RequestFields, at now: Int64
    ) throws(ProviderError) -> DisputeDecision {
        switch name {
        case "lost":
            try fields.allow(only: ["amount_deducted"])
            return .lost(try fields.integer("amount_deducted", in: 1...SandboxLimits.amountMax))
        case "action_required":
            try fields.allow(only: ["respond_within"])
            return .actionRequired(now + (try NewDispute.respondWithin(fields)))
        case "under_review", "won", "closed":
            try fields.allow(only: [])
            return name == "won" ? .won : name == "closed" ? .closed : .underReview
        default: throw .unknownURL
        }
    }

    private static func expandsPayment(_ query: QueryItems) throws(ProviderError) -> Bool {
        let expand = query.values("expand[]")
        guard expand.allSatisfy({ $0 == "payment" }) else { throw .invalid("expand", "The expand must be payment.") }
        return !expand.isEmpty
    }
}

/// A dispute, with its payment where it is asked for.
private struct ListedDispute: JSONWritable {
    let dispute: ProviderDispute
    let payment: ProviderPayment?

    func write(to json: inout JSONWriter) {
        json.object { json in
            dispute.writeMembers(to: &json)
            json.fieldIfPresent("payment", payment)
        }
    }
}

extension PaymentProvider {
    fileprivate func listDisputes(_ list: ListQuery, _ expands: Bool) -> [ListedDispute] {
        list.page(book.disputes.newestFirst) { list.contains($0.createdAt) }
            .map { ListedDispute(dispute: $0, payment: expands ? book.payments[$0.paymentID] : nil) }
    }

    fileprivate func dispute(_ id: String, _ expands: Bool) throws(ProviderError) -> ListedDispute {
        let dispute = try book.dispute(id)
        return ListedDispute(dispute: dispute, payment: expands ? book.payments[dispute.paymentID] : nil)
    }

    fileprivate func openDispute(_ new: NewDispute) throws(ProviderError) -> ProviderDispute {
        let now = seconds
        return followed(try happen { (book) throws(ProviderError) in try book.openDispute(new, at: now) })
    }

    fileprivate func reopenDispute(
        _ id: String, _ phase: ProviderDispute.Phase, _ respondWithin: Int64
    ) throws(ProviderError) -> ProviderDispute {
        let respondBy = seconds + respondWithin
        return followed(
            try happen { (book) throws(ProviderError) in try book.reopenDispute(id, phase, respondBy: respondBy) })
    }

    fileprivate func acceptDispute(_ id: String) throws(ProviderError) -> ProviderDispute {
        try happen { (book) throws(ProviderError) in try book.acceptDispute(id) }
    }

    fileprivate func contestDispute(_ id: String, _ fields: RequestFields) throws(ProviderError) -> ProviderDispute {
        let now = seconds
        return try happen { (book) throws(ProviderError) in try book.contestDispute(id, fields, at: now) }
    }

    fileprivate func decideDispute(_ id: String, _ decision: DisputeDecision) throws(ProviderError) -> ProviderDispute {
        followed(try happen { (book) throws(ProviderError) in try book.decideDispute(id, decision) })
    }

    /// Lets time work on a dispute that is open.
    private func followed(_ dispute: ProviderDispute) -> ProviderDispute {
        if dispute.status == .open {
            schedule(.disputeDeadline(dispute.id), at: Timestamp(seconds: dispute.respondBy))
        }
        return dispute
    }

    /// Nobody has answered in time; a deadline that was put off has not come.
    func missDispute(_ id: String) -> [EventDraft] {
        guard let dispute = book.disputes[id], dispute.status == .open, dispute.respondBy <= seconds else { return [] }
        return book.lose(dispute, dispute.amount).events
    }
}
