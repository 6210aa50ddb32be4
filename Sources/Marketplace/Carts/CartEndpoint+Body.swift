// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

extension CartEndpoint {
    /// What the bodies of all changes may say: the version that is expected, and whom the cart shall be for.
    struct CommonFields: Sendable {
        let expectedVersion: Int64?
        /// The id's text; `.some(nil)` is null in the body: the buyer alone.
        let company: String??

        init(_ body: inout JSONInput) {
            expectedVersion = body.optionalInt("expected_version").map(Int64.init)
            company = body.contains("company_id") ? .some(body.optionalString("company_id", length: 1...64)) : nil
        }

        /// - Throws: 404 for an id of the wrong form.
        func wanted<Wish: Sendable>(_ wish: Wish) throws -> Wanted<Wish> {
            let wanted: CompanyWish
            switch company {
            case nil: wanted = .asBefore
            case .some(nil): wanted = .nobody
            case .some(let text?):
                guard let id = CompanyID(text) else { throw Problem(.notFound) }
                wanted = .company(id)
            }
            return Wanted(wish: wish, expectedVersion: expectedVersion, company: wanted)
        }
    }
}
