// SPDX-License-Identifier: Apache-2.0
import Actors
import HTTP
import MarketCore
import MarketHTTP
import UVRuntime

/// What all cart endpoints share: whose cart it is, its idempotency key, and the answer with today's prices.
struct CartEndpoint: Sendable {
    let dependencies: CartsDependencies

    /// The caller's cart: the account's, or the anonymous one of the token, which is issued when there is none.
    struct Access: Sendable {
        let owner: CartOwner
        let principal: Principal
        /// A token that was issued by this request and goes out with its answer.
        let issued: String?
    }

    /// What a change came to.
    private struct Answered: Sendable {
        let own: HTTPResponse
        let stored: StoredAnswer
        let hasChanged: Bool
    }

    func access(_ request: RequestContext, _ caller: Caller?) throws -> Access {
        if let caller { return Access(owner: .user(caller.user), principal: caller.principal, issued: nil) }
        if let token = try request.singleHeader(ClientTokens.header),
            let client = dependencies.clients.client(of: token)
        {
            return Access(owner: .token(client), principal: .client(client), issued: nil)
        }
        let (token, client) = dependencies.clients.issue()
        return Access(
            owner: .token(client), principal: dependencies.principals.principal(of: request, caller: nil), issued: token
        )
    }

    /// What a request wants of the cart.
    struct Wanted<Wish: Sendable>: Sendable {
        let wish: Wish
        var expectedVersion: Int64?
        var company = CompanyWish.asBefore
        var address = AddressWish.asBefore
        /// Where the body says what is wanted.
        var body = CartError.Body.lines
    }

    /// Whom the cart shall be for.
    enum CompanyWish: Sendable, Equatable {
        /// A cart without lines that is for nobody yet is for the caller's only company from its first line on.
        case asBefore
        /// The buyer alone.
        case nobody
        case company(CompanyID)
    }

    /// Where the cart shall go.
    enum AddressWish: Sendable, Equatable {
        case asBefore
        /// Nobody says.
        case nowhere
        /// To an address in the caller's book.
        case to(AddressID)
    }

    /// Changes the cart under the request's key.
    ///
    /// - Parameters:
    ///   - wants: reads the body; runs after the key was claimed, so that its refusal is kept under the key.
    ///   - decide: the next state; called again when another process wrote in between.
    func change<Wish: Sendable>(
        _ request: RequestContext, _ caller: Caller?,
        wants: @Sendable (RequestContext) throws -> Wanted<Wish>,
        variants: @Sendable (Wish) -> [VariantID],
        decide: @Sendable (Wish, CartState, [VariantID: Offer]) throws(CartError) -> CartState
    ) async throws -> HTTPResponse {
        CrashPoint.reach(.cartReceived)
        let access = try access(request, caller)
        let dependencies = dependencies
        let answered = try await dependencies.calls.run(
            request, as: access.principal, retention: IdempotencyHeader.retention, honoursIfMatch: true
        ) { claim, isClients in
            CrashPoint.reach(.cartKeyClaimed)
            let ifMatch = try EntityTag.expectedVersion(of: request)
            let wanted = try wants(request)
            // What `If-Match` says goes before the body, as everywhere.
            let expected = ifMatch ?? wanted.expectedVersion
            let outcome = try await dependencies.carts.withCart(of: access.owner) { cart in
                try await cart.change(now: dependencies.monotonic(), atLeast: expected) { state in
                    if let expected, expected != state.version {
                        throw CartError.version(current: state.version).problem(in: wanted.body)
                    }
                    return try await self.change(
                        request, caller, state, wanted, variants(wanted.wish), key: isClients ? claim : nil,
                        issued: access.issued, decide)
                }
            }
            switch outcome {
            case .done(let answered):
                return answered.hasChanged
                    ? .committed(answered.stored, own: answered.own) : .refused(answered.stored, own: answered.own)
            case .known(let fingerprint, let answer): return .known(fingerprint: fingerprint, answer: answer)
            case .inProgress: return .inProgress
            }
        }
        CrashPoint.reach(.cartAnswerStored)
        return answered
    }

    private func change<Wish: Sendable>(
        _ request: RequestContext, _ caller: Caller?, _ state: CartState, _ wanted: Wanted<Wish>,
        _ variants: [VariantID], key: KeyClaim?,
        issued: String?,
        _ decide: @Sendable (Wish, CartState, [VariantID: Offer]) throws(CartError) -> CartState
    ) async throws -> CartActor.Change<Answered> {
        let company = try await company(wanted.company, of: state, caller)
        let destination = try await destination(wanted.address, of: state)
        let offers = try await dependencies.ports.offers(Array(Set(variants + state.lines.map(\.variant))), company)
        var next: CartState
        do throws(CartError) {
            next = try decide(wanted.wish, state, offers)
        } catch {
            throw error.problem(in: wanted.body)
        }
        if wanted.company == .asBefore {
            // The offers that were decided by were the company's already.
            if !next.lines.isEmpty { next.company = company }
        } else if company != state.company {
            next = CartRules.buying(
                for: company, next, from: state, offers: offers, now: dependencies.clock.now())
        }
        if wanted.address != .asBefore, destination?.address != state.shippingAddress {
            next = CartRules.going(to: destination?.address, next, from: state, now: dependencies.clock.now())
        }
        let own = try response(next, offers, destination, issued: issued)
        let answer = StoredAnswer(own, to: request)
        let changed = next != state
        return CartActor.Change(
            state: changed ? next : nil, key: changed ? key.map { ($0, answer) } : nil,
            value: Answered(own: own, stored: answer, hasChanged: changed))
    }

    /// The company that the cart is for afterwards. Its row judges a membership once more when it is written.
    private func company(
        _ wish: CompanyWish, of cart: CartState, _ caller: Caller?
    ) async throws -> CompanyID? {
        switch wish {
        case .asBefore:
            // At whose prices the catalogue was shown to the caller.
            guard cart.company == nil, cart.lines.isEmpty, let caller, let company = caller.company,
                try await dependencies.ports.mayBuy(caller.user, company)
            else { return cart.company }
            return company
        case .nobody: return nil
        case .company(let company):
            guard case .user(let user) = cart.owner, try await dependencies.ports.mayBuy(user, company) else {
                throw Problem(.notFound)
            }
            return company
        }
    }

    /// Where the cart goes afterwards; nil where nobody has said, and where the address is there no more.
    func destination(_ wish: AddressWish = .asBefore, of cart: CartState) async throws -> CartView.Destination? {
        let address: AddressID?
        switch wish {
        case .asBefore: address = cart.shippingAddress
        case .nowhere: address = nil
        case .to(let wanted): address = wanted
        }
        guard let address else { return nil }
        if case .user(let user) = cart.owner, let state = try await dependencies.ports.addressState(address, user) {
            return CartView.Destination(address: address, state: state)
        }
        guard wish == .asBefore else { throw Problem(.notFound) }
        return nil
    }

    func response(
        _ cart: CartState, _ offers: [VariantID: Offer], _ destination: CartView.Destination?, issued: String?
    ) throws -> HTTPResponse {
        let view: CartView
        do throws(MoneyError) {
            view = try CartView(cart, offers: offers, destination: destination)
        } catch {
            throw Problem(.validationFailed, detail: "The cart's total is beyond what can be paid.")
        }
        var response = HTTPResponse.json(view)
        response.headers.append(EntityTag(version: cart.version).header)
        if let issued { response.headers.append(HTTPHeader(ClientTokens.header.description, issued)) }
        return response
    }
}
