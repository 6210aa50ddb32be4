// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// What every act of an admin on a seller has in common: one transaction under the seller's lock with history, audit, event and
/// mail, and news to all who remember its goods.
struct MoveSeller: Sendable {
    let dependencies: SellersDependencies

    /// An act with what the admin gave.
    struct Act<Input: Sendable>: Sendable {
        let event: SellerEvent
        /// What subscribers are told.
        let type: @Sendable (Seller) -> String
        let read: @Sendable (RequestContext) throws -> Input
        let id: @Sendable (Input) -> SellerID
        let reason: @Sendable (Input) -> (code: String?, note: String?)
        /// Refuses, or says what else changes.
        let judge: @Sendable (Input, Seller, inout SellerMove, SellerLog) async throws -> Void
        /// What the owner is written; nil for nothing.
        let mail: MailTemplate?
    }

    func answer<Input: Sendable>(
        _ act: Act<Input>, _ request: RequestContext, _ caller: Caller
    ) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            try act.read(request)
        } _: { transaction, input in
            let log = SellerLog(request: request, caller: caller, transaction: transaction)
            guard let seller = try await SellerStore.lock(act.id(input), in: transaction) else {
                throw SellersDependencies.noSeller
            }
            let status = try dependencies.moved(seller, act.event, by: .admin)
            let reason = act.reason(input)
            var move = SellerMove(status: status, reasonCode: reason.code, note: reason.note)
            try await act.judge(input, seller, &move, log)
            try await SellerStore.move(seller.id, move, in: transaction)
            try await log.append(
                .init(
                    subject: .seller, event: act.event.rawValue, from: seller.status.rawValue, to: status.rawValue,
                    type: act.type(seller), reasonCode: reason.code, note: reason.note), of: seller.id)
            if let mail = act.mail, let owner = seller.owner {
                try await MailQueue.enqueue(
                    Mail(
                        mail, to: .user(owner),
                        data: ["business": seller.businessName, "note": reason.note ?? reason.code ?? ""]),
                    in: transaction)
            }
            return try await ReadSeller(dependencies: dependencies).response(
                seller.id, for: caller.userSession, in: transaction)
        } afterCommit: { _ in
            await dependencies.announceGoods()
        }
    }

    /// Approval and reinstatement need everything proved.
    func requireVerified(_ seller: Seller, _ log: SellerLog) async throws {
        guard seller.kyc != .verified else { return }
        let progress = KYCProgress(
            seller: seller, documents: try await KYCStore.documents(of: seller.id, in: log.transaction))
        throw progress.incomplete(progress.unverified)
    }

    func requireOther(_ seller: Seller, _ log: SellerLog) throws {
        guard seller.owner != log.caller.user else {
            throw Problem(.fourEyesRequired, detail: "Another admin than the registrant has to do this.")
        }
    }
}
