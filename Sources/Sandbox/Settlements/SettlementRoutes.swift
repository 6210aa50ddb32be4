// SPDX-License-Identifier: Apache-2.0
import HTTP

/// `/v1/settlements`, and when the provider settles: `/control/settlements`.
enum SettlementRoutes {
    /// Rows of one answer of the report.
    static let rowsMax: Int64 = 1000

    static func routes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        return onDemandRoutes(provider) + [
            Route(.get, "/v1/settlements", name: "settlements.all", access: access, query: nil) { request in
                let list = try ListQuery(request.query)
                let book = await provider.book
                let account = try book.owner(request)
                let page = list.page(book.money.settlements.newestFirst) { settlement in
                    settlement.account == account && list.contains(settlement.createdAt)
                }
                return .json(EntityList(items: page))
            },
            Route(.get, "/v1/settlements/recon/combined", name: "settlements.report", access: access, query: nil) {
                request in
                try await provider.report(request)
            },
            Route(.get, "/v1/settlements/{id}", name: "settlements.fetch", access: access, query: nil) { request in
                let book = await provider.book
                let account = try book.owner(request)
                guard let settlement = book.money.settlements[request.id], settlement.account == account else {
                    throw ProviderError.unknownID
                }
                return .json(settlement)
            },
            Route(
                .post, "/control/settlements", name: "control.settlement", access: CallGate.Access.control.rawValue
            ) { request in
                let fields = try RequestFields(request)
                try fields.allow(only: ["account_id", "fees_in_header"])
                let account = try fields.text("account_id", max: 64)
                let isPlain = try fields.flag("fees_in_header") == false
                return .json(try await provider.settle(account, hasPlainHeader: isPlain))
            },
        ]
    }

    private static func onDemandRoutes(_ provider: PaymentProvider) -> [Route] {
        let access = CallGate.Access.merchant.rawValue
        let path = "/v1/settlements/ondemand"
        return [
            Route(.post, path, name: "settlements.ondemand.create", access: access, query: nil) { request in
                .json(
                    try await provider.change(RequestFields(request)) { (book, fields) throws(ProviderError) in
                        try book.settleOnDemand(fields)
                    })
            },
            Route(.get, path, name: "settlements.ondemand.all", access: access, query: nil) { request in
                let list = try ListQuery(request.query)
                let page = list.page(await provider.book.money.onDemand.newestFirst) { list.contains($0.createdAt) }
                return .json(EntityList(items: page))
            },
            Route(.get, path + "/{id}", name: "settlements.ondemand.fetch", access: access, query: nil) { request in
                guard let settlement = await provider.book.money.onDemand[request.id] else {
                    throw ProviderError.unknownID
                }
                return .json(settlement)
            },
        ]
    }
}

extension OrderBook {
    /// Whose settlements a call is about: a linked account's where the header names one.
    func owner(_ request: RequestContext) throws(ProviderError) -> String {
        guard let id = request.header("X-Razorpay-Account") else { return EventDraft.accountID }
        return try account(id).id
    }
}

/// A row of the report.
private struct ReportRow: JSONWritable {
    let settlement: ProviderSettlement
    let entry: SettlementEntry

    func write(to json: inout JSONWriter) {
        entry.write(settlement, to: &json)
    }
}

extension PaymentProvider {
    fileprivate func settle(
        _ account: String?, hasPlainHeader: Bool
    ) throws(ProviderError) -> ProviderSettlement {
        let account = try account.map { (id) throws(ProviderError) in try book.account(id).id }
        return try happen { (book) throws(ProviderError) in
            try book.settle(account ?? EventDraft.accountID, hasPlainHeader: hasPlainHeader)
        }
    }

    /// What was settled in a month, or on a day, of India's time.
    fileprivate func report(_ request: RequestContext) throws(ProviderError) -> HTTPResponse {
        let query = request.query
        try ListQuery.allow(query, only: ["year", "month", "day", "count", "skip"])
        let year = try RequestFields.required("year", ListQuery.integer(query, "year", in: 2000...9999))
        let month = try RequestFields.required("month", ListQuery.integer(query, "month", in: 1...12))
        let day = try ListQuery.integer(query, "day", in: 1...31)
        var list = try ListQuery(QueryItems())
        list.count = Int(try ListQuery.integer(query, "count", in: 1...SettlementRoutes.rowsMax) ?? 10)
        list.skip = Int(try ListQuery.integer(query, "skip", in: 0...Int64.max) ?? 0)
        let account = try book.owner(request)
        let rows = book.money.rows { settlement in
            let date = SettlementDay.date(of: settlement.createdAt)
            return settlement.account == account && date.year == year && date.month == month
                && (day == nil || date.day == day)
        }
        let page = list.page(rows) { _ in true }.map { ReportRow(settlement: $0.0, entry: $0.1) }
        return .json(EntityList(items: page))
    }
}
