// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

extension SellersDependencies {
    /// The caller's own seller, locked; 404 where there is none, 403 where it is closed.
    func ownSeller(_ caller: Caller, in transaction: PostgresTransaction) async throws -> Seller {
        guard let seller = try await SellerStore.lock(ownedBy: caller.user, in: transaction) else {
            throw Self.noSeller
        }
        guard seller.status != .closed else {
            throw Self.closed
        }
        return seller
    }

    /// What a move of a seller leads to; 409 `illegal-transition` where it leads nowhere.
    func moved(_ seller: Seller, _ event: SellerEvent, by party: Parties) throws -> SellerStatus {
        guard case .moved(let status) = SellerStatus.machine.step(from: seller.status, event, by: party) else {
            throw Self.illegal(
                seller.status.rawValue, SellerStatus.machine.allowed(from: seller.status).map(\.rawValue))
        }
        return status
    }

    func movedKYC(_ seller: Seller, _ event: KYCEvent, by party: Parties) throws -> KYCStatus {
        guard case .moved(let status) = KYCStatus.machine.step(from: seller.kyc, event, by: party) else {
            throw Self.illegal(seller.kyc.rawValue, KYCStatus.machine.allowed(from: seller.kyc).map(\.rawValue))
        }
        return status
    }

    static func illegal(_ from: String, _ allowed: [String]) -> Problem {
        Problem(
            .illegalTransition, detail: "It cannot be done from here.",
            members: [("from", .string(from)), ("allowed", .strings(allowed))])
    }

    /// Tells everybody that the seller's goods can be bought, or not any more.
    func announceGoods() async {
        await news.announce(.offers(nil))
        await news.announce(.products(nil))
    }

    static var closed: Problem { Problem(.sellerNotActive, detail: "The seller is closed.") }

    static var noSeller: Problem { Problem(.notFound, detail: "There is no such seller.") }

    /// The whole of a seller for those who may see it.
    func response(
        _ id: SellerID, _ status: HTTPStatus = .ok, in client: some PostgresClient,
        more: (KYCProgress, inout JSONWriter) -> Void = { _, _ in }
    ) async throws -> HTTPResponse {
        guard let seller = try await SellerStore.seller(id, in: client) else { throw Self.noSeller }
        let progress = KYCProgress(seller: seller, documents: try await KYCStore.documents(of: id, in: client))
        var response = HTTPResponse.json(status, capacity: 2048) { json in
            seller.writeMembers(progress.documents, to: &json)
            more(progress, &json)
        }
        response.headers.append(seller.entityTag.header)
        return response
    }
}
