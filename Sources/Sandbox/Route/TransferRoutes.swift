// SPDX-License-Identifier: Apache-2.0
import HTTP

/// Transfers below `/v1/payments`, `/v1/transfers`, and what becomes of them: `/control/transfers`.
enum TransferRoutes {
    static func routes(_ provider: PaymentProvider) -> [Route] {
        makingRoutes(provider) + transferRoutes(provider) + [
            Route(
                .post, "/control/transfers/{id}/{outcome}", name: "control.transfer",
                access: CallGate.Access.control.rawValue
            ) { request in
                try RequestFields(request).allow(only: [])
                let outcome = request.parameters["outcome"]
                guard outcome == "processed" || outcome == "failed" else { throw ProviderError.unknownURL }
                return .json(try await provider.decideTransfer(request.id, succeeds: outcome == "processed"))
            }
        ]
    }

    private static func makingRoutes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        return [
            Route(.post, "/v1/payments/{id}/transfers", name: "payments.transfer", access: access, query: nil) {
                request in
                let id = request.id
                let fields = try RequestFields(request)
                try fields.allow(only: ["transfers"])
                let new = try NewTransfer.list(RequestFields.required("transfers", fields["transfers"]))
                let made = try await provider.change(fields) { (book, _) throws(ProviderError) in
                    try book.transfer(from: id, new)
                }
                return .json(EntityList(items: made))
            },
            Route(.get, "/v1/payments/{id}/transfers", name: "payments.transfers", access: access, query: nil) {
                request in
                let list = try ListQuery(request.query)
                let book = await provider.book
                let transfers = book.transfers(of: try book.payment(request.id))
                return .json(EntityList(items: list.page(transfers) { list.contains($0.createdAt) }))
            },
            Route(.post, "/v1/transfers", name: "transfers.create", access: access, query: nil) { request in
                let new = try NewTransfer(RequestFields(request))
                return .json(try await provider.transfer(new, .init(.transfer, request)))
            },
        ]
    }

    private static func transferRoutes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        let reversals = "/v1/transfers/{id}/reversals"
        return [
            Route(.get, "/v1/transfers", name: "transfers.all", access: access, query: nil) { request in
                let list = try ListQuery(request.query, others: ["recipient_settlement_id"])
                let settlement = request.query["recipient_settlement_id"]
                let transfers = await provider.book.transfers.newestFirst
                let page = list.page(transfers) { transfer in
                    list.contains(transfer.createdAt) && (settlement == nil || transfer.settlementID == settlement)
                }
                return .json(EntityList(items: page))
            },
            Route(.get, "/v1/transfers/{id}", name: "transfers.fetch", access: access, query: nil) { request in
                .json(try await provider.book.transfer(request.id))
            },
            Route(.patch, "/v1/transfers/{id}", name: "transfers.edit", access: access, query: nil) { request in
                let id = request.id
                return .json(
                    try await provider.change(RequestFields(request)) { (book, fields) throws(ProviderError) in
                        try book.editTransfer(id, fields)
                    })
            },
            Route(.post, reversals, name: "transfers.reverse", access: access, query: nil) { request in
                let id = request.id
                return .json(
                    try await provider.change(RequestFields(request)) { (book, fields) throws(ProviderError) in
                        try fields.allow(only: ["amount", "notes"])
                        let amount = try fields.integer("amount", in: 1...SandboxLimits.amountMax)
                        return try book.reverse(id, amount, notes: Notes(fields["notes"]))
                    })
            },
            Route(.get, reversals, name: "transfers.reversals", access: access, query: nil) { request in
                let list = try ListQuery(request.query)
                let reversals = try await provider.book.transfer(request.id).reversals.reversed()
                return .json(EntityList(items: list.page(reversals) { list.contains($0.createdAt) }))
            },
        ]
    }
}

extension PaymentProvider {
    /// A key that made a transfer before gives that one, as it is now.
    fileprivate func transfer(
        _ new: NewTransfer, _ key: IdempotencyBook.Use?
    ) throws(ProviderError) -> ProviderTransfer {
        if let id = try idempotency.find(key) { return try book.transfer(id) }
        let transfer = try book.transfer(new)
        idempotency.keep(key, transfer.id)
        carryOut()
        return transfer
    }

    fileprivate func decideTransfer(_ id: String, succeeds: Bool) throws(ProviderError) -> ProviderTransfer {
        try happen { (book) throws(ProviderError) in try book.decideTransfer(id, succeeds: succeeds) }
    }

    /// The time of a transfer has come; one that was decided by hand stays as it is.
    func processTransfer(_ id: String) -> [EventDraft] {
        guard let transfer = book.transfers[id], transfer.status == .pending else { return [] }
        return book.complete(transfer, succeeds: true).events
    }
}
