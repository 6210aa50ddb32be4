// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import UVRuntime

extension SimulatedProcess {
    /// The cart with today's prices, as `GetCart`.
    func readCart(_ owner: CartOwner, fresh: Bool) async throws -> CartView {
        let state = try await withCart(of: owner) { try await $0.read(fresh: fresh, now: executor.now) }
        return try await view(state)
    }

    /// As the directory's, and a violation where an owner has two actors in use at a time (hot path rule 10).
    func withCart<Value: Sendable>(
        of owner: CartOwner, _ body: (CartActor) async throws -> Value
    ) async throws -> Value {
        try await carts.withCart(of: owner) { cart in
            trace.expect(cartsInUse.begin(owner, cart), "process \(life.number) has two actors for one cart")
            defer { cartsInUse.end(owner) }
            return try await body(cart)
        }
    }

    func view(_ state: CartState) async throws -> CartView {
        let offers = try await offers(state.lines.map(\.variant))
        let total = state.lines.reduce(0) { $0 + Int64($1.quantity) * (offers[$1.variant]?.price ?? 0) }
        return CartView(id: state.id, version: state.version, total: total, units: state.units)
    }

    /// One line of a cart changes, as in `CartEndpoint.change`.
    func changeCart(_ request: CartRequest) async throws -> Response {
        let user: UserID? = if case .user(let id) = request.owner { id } else { nil }
        return try await idempotent(
            request.key.map { .key($0, of: 2) }, request.fingerprint, user: user
        ) { claim, isClients in
            let outcome = try await withCart(of: request.owner) { cart in
                try await cart.change(now: executor.now, atLeast: request.expectedVersion) { state in
                    try await change(state, request, key: isClients ? claim : nil)
                }
            }
            switch outcome {
            case .done(let (answer, changed)): return changed ? .committed(answer) : .refused(answer)
            case .known(let fingerprint, let answer): return .known(fingerprint: fingerprint, answer: answer)
            case .inProgress: return .inProgress
            }
        }
    }

    private func change(
        _ state: CartState, _ request: CartRequest, key: KeyClaim?
    ) async throws -> CartActor.Change<(answer: Response, changed: Bool)> {
        if let expected = request.expectedVersion, expected != state.version {
            await checkMismatch(expected, state.id)
            throw Refusal(status: 412, code: "version-mismatch", detail: "\(state.version)")
        }
        let offers = try await offers([request.intent.variant])
        let next = apply(request, to: state, offers)
        let answer = Response(status: 200, body: "\(next.id) version \(next.version) for \(request.tag)")
        let changed = next != state
        return CartActor.Change(
            state: changed ? next : nil, key: changed ? key.map { ($0, StoredAnswer(answer)) } : nil,
            value: (answer, changed))
    }

    private func apply(
        _ request: CartRequest, to state: CartState, _ offers: [VariantID: OfferRow]
    ) -> CartState {
        var next = state
        let variant = request.intent.variant
        let place = next.lines.firstIndex { $0.variant == variant }
        let old = place.map { next.lines[$0].quantity } ?? 0
        let quantity: Int
        switch request.intent {
        case .add(_, let more): quantity = old + more
        case .set(_, let exactly): quantity = exactly
        }
        guard quantity != old else { return state }
        let id = place.map { next.lines[$0].id } ?? CartLineID(rawValue: newNumber())
        let line = CartState.Line(
            id: id, variant: variant, quantity: quantity, note: "\(request.tag)",
            unitPriceSeen: offers[variant]?.price ?? 0)
        if let place { next.lines[place] = line } else { next.lines.append(line) }
        next.version += 1
        next.updatedAt = now
        return next
    }

    /// The lines of an anonymous cart go into the account's, as at login.
    func mergeCart(_ guest: CartOwner, into account: CartOwner) async throws -> Response {
        let now = now
        let merged: [CartID]
        do {
            merged = try await journal.merge(guest, into: account, newID: CartID(rawValue: ids.next())) {
                Self.merging($0, into: $1, at: now)
            }
        } catch {
            // It may be committed all the same.
            await carts.forget(guest)
            await carts.forget(account)
            throw error
        }
        await carts.renew(merged)
        return Response(status: 200, body: merged.isEmpty ? "nothing to merge" : "merged")
    }

    private static func merging(
        _ guest: CartState, into account: CartState, at now: Timestamp
    ) -> CartMerge? {
        guard !guest.lines.isEmpty else { return nil }
        var (rest, next) = (guest, account)
        for line in guest.lines {
            if let place = next.lines.firstIndex(where: { $0.variant == line.variant }) {
                next.lines[place].quantity += line.quantity
            } else {
                next.lines.append(line)
            }
        }
        rest.lines = []
        rest.version += 1
        rest.updatedAt = now
        next.version += 1
        next.updatedAt = now
        return CartMerge(guest: rest, account: next)
    }
}

extension SimulatedDatabase.CartIntent {
    var variant: VariantID {
        switch self {
        case .add(let variant, _), .set(let variant, _): variant
        }
    }
}
