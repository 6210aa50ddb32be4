// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `POST /api/sellers/register/`: a user becomes the owner of a seller, a draft that sells nothing yet.
struct RegisterSeller: Sendable {
    let dependencies: SellersDependencies

    @Sendable func answer(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        let (states, news) = (dependencies.states, dependencies.news)
        return try await dependencies.transactions.run(request, as: caller.principal) {
            let new = try read(request, caller.user)
            try await requireCategories(new.categories)
            return new
        } _: { transaction, seller in
            try await commit(seller, SellerLog(request: request, caller: caller, transaction: transaction))
        } afterCommit: { _ in
            // The new role counts with the same token, at once.
            states.forget(caller.user)
            await news.announce(.users([caller.user]))
        }
    }

    /// One that is deleted at this moment does no harm: what a seller means to sell decides nothing.
    private func requireCategories(_ ids: [CategoryID]) async throws {
        guard !ids.isEmpty else { return }
        let known = try await dependencies.ports.categories(ids)
        let unknown = ids.enumerated().filter { !known.contains($0.element) }
        guard unknown.isEmpty else {
            throw Problem(
                .validationFailed,
                errors: unknown.map {
                    .init(pointer: "/categories/\($0.offset)", code: "not-found", message: "there is no such category")
                })
        }
    }

    private func commit(_ new: NewSeller, _ log: SellerLog) async throws -> HTTPResponse {
        let seller = try await insert(new, log.transaction)
        try await dependencies.ports.grantRole(new.owner, log.transaction)
        try await log.append(
            .init(subject: .seller, event: "register", from: "none", to: "draft", type: "seller.registered"),
            of: seller.id)
        return try await dependencies.response(seller.id, .created, in: log.transaction) {
            $0.writeRequirements(to: &$1)
        }
    }

    /// Under the first free slug: its name's, or that with a few random characters.
    private func insert(_ new: NewSeller, _ transaction: PostgresTransaction) async throws -> Seller {
        if let gstin = new.gstin, try await SellerStore.isClaimed(gstin, in: transaction) {
            let conflict = try await SellerStore.conflict(new.owner, in: transaction)
            throw conflict == .owner ? Self.sellerExists : Self.gstinTaken
        }
        let name = SellerFields.slug(new.businessName)
        var slug = name
        for _ in 0..<8 {
            let inserted = try await SellerStore.insert(
                new, slug: slug, secrets: dependencies.secrets, in: transaction)
            if let inserted { return inserted }
            switch try await SellerStore.conflict(new.owner, in: transaction) {
            case .owner: throw Self.sellerExists
            // Its own id tells it from every other.
            case .slug: slug = "\(name)-\(String("\(dependencies.ids.next() as SellerID)".suffix(6)))"
            }
        }
        throw Problem(.dependencyUnavailable, headers: [.retryAfter(seconds: 1)])
    }

    private static var sellerExists: Problem { Problem(.sellerExists, detail: "You own a seller already.") }

    static var gstinTaken: Problem {
        Problem(
            .gstinTaken, detail: "Another seller is registered under this GSTIN.",
            errors: [.init(pointer: "/gstin", code: "gstin-taken", message: "is taken")])
    }

    private func read(_ request: RequestContext, _ owner: UserID) throws -> NewSeller {
        try request.json { body in
            let gstin = body.optionalParsed("gstin", length: 1...20) { GSTIN($0) }
            let pan = body.parsed("pan", length: 1...20, placeholder: nil) { PAN($0) }
            let address = body.object("pickup_address") { SellerFields.address(&$0) }
            if let gstin, let pan, gstin.pan != pan.text {
                body.fail("gstin", code: "pan-mismatch", message: "is of another PAN")
            }
            if let gstin, !address.state.isEmpty, let state = gstin.state, state != address.state {
                body.fail("gstin", code: "state-mismatch", message: "is of another state than the pickup address")
            }
            return NewSeller(
                id: dependencies.ids.next(), owner: owner, businessName: body.trimmed("business_name", 1...200),
                legalName: body.trimmed("legal_name", 1...200), type: body.choice("type", of: SellerType.self),
                gstin: gstin?.text, pan: pan?.text ?? "", state: address.state,
                contact: body.object("contact") { SellerFields.contact(&$0) },
                pickupAddresses: SellerFields.json([address]), bank: body.object("bank") { SellerFields.bank(&$0) },
                categories: (body.optionalStrings("categories", count: 0...50, length: 1...64) ?? []).compactMap {
                    text in
                    let id = CategoryID(text)
                    if id == nil { body.fail("categories", code: "invalid", message: "not an id of a category") }
                    return id
                }, acceptedTerms: body.string("accepted_terms_version", length: 1...40))
        }
    }
}

extension JSONInput {
    /// A text of a line, without space round it.
    mutating func trimmed(_ name: StaticString, _ length: ClosedRange<Int>) -> String {
        parsed(name, length: 1...length.upperBound * 2, placeholder: "") { SellerText.line($0, length) }
    }

    /// The same where it may be absent.
    mutating func optionalTrimmed(_ name: StaticString, _ length: ClosedRange<Int>) -> String? {
        optionalParsed(name, length: 1...length.upperBound * 2) { SellerText.line($0, length) }
    }
}

/// Texts that are shown on pages.
enum SellerText {
    /// One line without space round it and without controls; nil for another.
    static func line(_ text: String, _ length: ClosedRange<Int>) -> String? {
        let scalars = text.unicodeScalars
        let isSpace: (Unicode.Scalar) -> Bool = { $0.properties.isWhitespace }
        guard let start = scalars.firstIndex(where: { !isSpace($0) }),
            let end = scalars.lastIndex(where: { !isSpace($0) })
        else { return nil }
        let kept = scalars[start...end]
        guard length.contains(kept.count), !kept.contains(where: { $0.properties.generalCategory == .control }) else {
            return nil
        }
        return String(kept)
    }
}
