// SPDX-License-Identifier: Apache-2.0
import HTTP
import Logging
import Synchronization
import UVRuntime

/// A provider that answers over a real socket as a test tells it to, also with what the emulator never says.
final class ScriptedProvider: Sendable {
    /// One call that came in.
    struct Call: Sendable, Equatable {
        let method: String
        let path: String
        let body: String
    }

    /// What a call is answered with; nil leaves it to the default script.
    typealias Script = @Sendable (Call) -> (status: Int, body: String)?

    let url: String
    private let server: HTTPServer
    private let state: State

    /// What the provider remembers.
    final class State: Sendable {
        let calls = Mutex<[Call]>([])
        let script = Mutex<Script?>(nil)
        /// Orders by receipt: id, amount.
        let orders = Mutex<[String: (id: String, amount: Int)]>([:])
        let payments = Mutex<[String: String]>([:])
        let refunds = Mutex<[String: String]>([:])
        let settlements = Mutex<[String: String]>([:])
        let disputes = Mutex<[String: String]>([:])
        /// Rows of the report, by day of January 1970.
        let lines = Mutex<[Int: [String: String]]>([:])
        /// How many calls must be here before any is answered, and those that wait.
        let gathering = Mutex<(count: Int, waiting: [CheckedContinuation<Void, Never>])>((0, []))

        /// Comes back when the call may be answered.
        func gather() async {
            await withCheckedContinuation { continuation in
                let ready = gathering.withLock { state in
                    state.waiting.append(continuation)
                    guard state.waiting.count >= state.count else { return [CheckedContinuation<Void, Never>]() }
                    defer { state.waiting = [] }
                    return state.waiting
                }
                for one in ready { one.resume() }
            }
        }
    }

    private init(_ server: HTTPServer, _ state: State) {
        self.server = server
        self.state = state
        url = "http://\(server.address)"
    }

    static func start(on loop: EventLoop) async throws -> ScriptedProvider {
        let state = State()
        let paths: [(HTTPMethod, String)] = [
            (.post, "/v1/orders/"), (.get, "/v1/orders/"), (.get, "/v1/orders/{id}/"),
            (.get, "/v1/orders/{id}/payments/"), (.get, "/v1/payments/{id}/"), (.post, "/v1/payments/{id}/capture/"),
            (.get, "/v1/payments/"), (.get, "/v1/payments/{id}/refunds/"), (.get, "/v1/refunds/"),
            (.get, "/v1/refunds/{id}/"), (.get, "/v1/disputes/"), (.get, "/v1/disputes/{id}/"),
            (.get, "/v1/settlements/"), (.get, "/v1/settlements/{id}/"),
            (.get, "/v1/settlements/recon/combined/"),
            (.post, "/v1/disputes/{id}/accept/"), (.patch, "/v1/disputes/{id}/contest/"),
        ]
        let routes = paths.map { method, path in
            Route(method, path, name: "\(method.rawValue) \(path)", query: nil) { request in
                let text = String(decoding: request.body, as: UTF8.self)
                let query = ["receipt", "from", "to", "year", "month", "day", "count", "skip"].compactMap { name in
                    request.query[name].map { "\(name)=\($0)" }
                }.joined(separator: "&")
                let call = Call(
                    method: method.rawValue, path: request.path + (query.isEmpty ? "" : "?" + query), body: text)
                state.calls.withLock { $0.append(call) }
                await state.gather()
                let (status, body) = state.script.withLock { $0 }?(call) ?? state.answer(call)
                return HTTPResponse(HTTPStatus(status), body: Array(body.utf8))
            }
        }
        guard let address = SocketAddress(host: "127.0.0.1", port: 0) else { preconditionFailure("loopback") }
        let logger = Logger(label: "provider") { _ in SwiftLogNoOpLogHandler() }
        let server = try await HTTPServer.start(
            on: address, loops: [loop], router: Router(routes), configuration: HTTPServerConfiguration(logger: logger))
        return ScriptedProvider(server, state)
    }

    func stop() async {
        await server.drain(limit: .zero)
    }

    /// The calls so far.
    var calls: [Call] { state.calls.withLock { $0 } }

    /// How many calls made an order.
    var creations: Int { calls.filter { $0.method == "POST" && $0.path == "/v1/orders" }.count }

    /// From now on no call is answered before so many are here; 1 answers those that wait.
    func answerTogether(_ count: Int) {
        let ready = state.gathering.withLock { state in
            state.count = count
            defer { if count <= 1 { state.waiting = [] } }
            return count <= 1 ? state.waiting : []
        }
        for one in ready { one.resume() }
    }

    /// Answers by a script from now on; nil goes back to the default.
    func use(_ script: Script?) {
        state.script.withLock { $0 = script }
    }

    /// What the default script would answer; makes orders as it does.
    func answer(_ call: Call) -> (status: Int, body: String) { state.answer(call) }

    /// Adds a payment to what the provider tells about its orders.
    func add(
        payment: String, order: String, amount: Int, status: String = "captured", currency: String = "INR"
    ) {
        state.payments.withLock {
            $0[payment] = Self.payment(payment, order: order, amount: amount, status: status, currency: currency)
        }
    }

    /// Adds a refund to what the provider tells.
    func add(refund: String, payment: String, amount: Int, status: String = "processed") {
        state.refunds.withLock {
            $0[refund] =
                #"{"id":"\#(refund)","entity":"refund","payment_id":"\#(payment)","amount":\#(amount),"currency":"INR","status":"\#(status)","notes":[]}"#
        }
    }

    /// Adds what it has paid to the bank at 1970-01-02T18:30:00Z, which is the third of January in India; its fees were taken off before.
    func add(settlement: String, amount: Int, status: String = "processed") {
        state.settlements.withLock {
            $0[settlement] =
                #"{"id":"\#(settlement)","entity":"settlement","amount":\#(amount),"status":"\#(status)","fees":0,"tax":0,"utr":"SBXN1","created_at":153000}"#
        }
    }

    /// Adds a row of the report; the fee is with tax.
    func add(
        line entity: String, _ type: String, of settlement: String, day: Int = 3, credit: Int = 0, debit: Int = 0,
        fee: Int = 0, tax: Int = 0
    ) {
        let row =
            #"{"entity_id":"\#(entity)","type":"\#(type)","debit":\#(debit),"credit":\#(credit),"fee":\#(fee),"tax":\#(tax),"settlement_id":"\#(settlement)","dispute_id":null}"#
        state.lines.withLock { $0[day, default: [:]]["\(settlement) \(entity)"] = row }
    }

    /// Adds a dispute, or says how it stands now.
    func add(dispute: String, _ entity: String) {
        state.disputes.withLock { $0[dispute] = entity }
    }

    static func payment(
        _ id: String, order: String, amount: Int, status: String = "captured", currency: String = "INR"
    ) -> String {
        #"{"id":"\#(id)","entity":"payment","amount":\#(amount),"currency":"\#(currency)","status":"\#(status)","order_id":"\#(order)","method":"upi","error_code":null,"notes":[]}"#
    }

    /// A provider's error answer.
    static func failure(_ description: String, metadata: String = "{}") -> String {
        #"{"error":{"code":"BAD_REQUEST_ERROR","description":"\#(description)","metadata":\#(metadata)}}"#
    }
}

extension ScriptedProvider.State {
    func answer(_ call: ScriptedProvider.Call) -> (status: Int, body: String) {
        if call.method == "POST", call.path == "/v1/orders" { return create(call.body) }
        if call.method == "POST", call.path.hasSuffix("/capture") { return capture(call) }
        if let receipt = call.path.split(separator: "=").last, call.path.contains("?receipt=") {
            let items = orders.withLock { $0[String(receipt)].map { [Self.order($0.id, $0.amount, String(receipt))] } }
            return (200, #"{"entity":"collection","count":1,"items":[\#((items ?? []).joined(separator: ","))]}"#)
        }
        if call.path.hasPrefix("/v1/payments?") { return page(payments.withLock { $0 }, call.path) }
        if call.path.hasPrefix("/v1/settlements?") { return page(settlements.withLock { $0 }, call.path) }
        if call.path.hasPrefix("/v1/settlements/recon/combined?year=1970&month=1&day="),
            let day = call.path.split(separator: "&").first(where: { $0.hasPrefix("day=") }).flatMap({
                Int($0.dropFirst(4))
            })
        {
            return page(lines.withLock { $0[day] ?? [:] }, call.path)
        }
        if call.path.hasPrefix("/v1/refunds?") { return page(refunds.withLock { $0 }, call.path) }
        if call.path.hasPrefix("/v1/disputes?") { return page(disputes.withLock { $0 }, call.path) }
        let parts = call.path.split(separator: "/").map(String.init)
        if parts.count == 4, parts[3].hasPrefix("refunds") {
            return page(refunds.withLock { $0.filter { $0.value.contains(#""payment_id":"\#(parts[2])""#) } }, "")
        }
        if parts.count == 3, parts[1] == "refunds", let refund = refunds.withLock({ $0[parts[2]] }) {
            return (200, refund)
        }
        if parts.count == 3, parts[1] == "settlements", let known = settlements.withLock({ $0[parts[2]] }) {
            return (200, known)
        }
        if call.method == "GET", parts.count == 3, parts[1] == "disputes",
            let known = disputes.withLock({ $0[parts[2]] })
        {
            return (200, known)
        }
        if parts.count == 4, parts[1] == "orders" {
            let items = payments.withLock { $0.values.filter { $0.contains(parts[2]) } }
            return (200, #"{"entity":"collection","count":1,"items":[\#(items.joined(separator: ","))]}"#)
        }
        if parts.count == 3, parts[1] == "payments", let payment = payments.withLock({ $0[parts[2]] }) {
            return (200, payment)
        }
        if parts.count == 3, parts[1] == "orders",
            let known = orders.withLock({ orders in orders.first { $0.value.id == parts[2] } })
        {
            return (200, Self.order(known.value.id, known.value.amount, known.key))
        }
        return (400, ScriptedProvider.failure("The id provided does not exist"))
    }

    /// A page of entities by name, as `count` and `skip` of the call's query say.
    private func page(_ entities: [String: String], _ path: String) -> (status: Int, body: String) {
        let query = (path.split(separator: "?").last ?? "").split(separator: "&").map { $0.split(separator: "=") }
        func number(_ name: String) -> Int? {
            query.first { $0.count == 2 && $0[0] == name }.flatMap { Int($0[1]) }
        }
        let items = entities.sorted { $0.key < $1.key }.dropFirst(number("skip") ?? 0).prefix(number("count") ?? 10)
        let list = items.map(\.value).joined(separator: ",")
        return (200, #"{"entity":"collection","count":\#(items.count),"items":[\#(list)]}"#)
    }

    /// Takes authorized money once, and refuses everything else as the provider does.
    private func capture(_ call: ScriptedProvider.Call) -> (status: Int, body: String) {
        let payment = String(call.path.split(separator: "/")[2])
        return payments.withLock { payments in
            guard let known = payments[payment], known.contains(#""status":"authorized""#) else {
                return (400, ScriptedProvider.failure("This payment has already been captured"))
            }
            let captured = known.replacing(#""status":"authorized""#, with: #""status":"captured""#)
            payments[payment] = captured
            return (200, captured)
        }
    }

    private func create(_ body: String) -> (status: Int, body: String) {
        guard let root = try? JSONDocument(parsing: Array(body.utf8)).root, let receipt = root["receipt"]?.string,
            let amount = root["amount"]?.int
        else { return (400, ScriptedProvider.failure("no receipt or amount")) }
        let order = orders.withLock { orders in
            let order = orders[receipt] ?? (id: "order_Prov\(orders.count + 1)", amount: amount)
            orders[receipt] = order
            return order
        }
        return (200, Self.order(order.id, order.amount, receipt))
    }

    private static func order(_ id: String, _ amount: Int, _ receipt: String) -> String {
        #"{"id":"\#(id)","entity":"order","amount":\#(amount),"amount_paid":0,"currency":"INR","receipt":"\#(receipt)","status":"created","attempts":0,"notes":[]}"#
    }
}
