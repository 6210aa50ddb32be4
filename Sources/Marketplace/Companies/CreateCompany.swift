// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/companies/create/`: a company whose first admin is the caller. Its prices come with its verification.
struct CreateCompany: Sendable {
    let dependencies: CompaniesDependencies

    private struct Input: Sendable {
        let legalName: String
        let gstin: GSTIN
        let billingEmail: String
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            CompanyWork(try Self.read(request))
        } _: { transaction, work in
            let input = work.input
            let company = try await CompaniesStore.insert(
                dependencies.ids.next(), legalName: input.legalName, gstin: input.gstin,
                billingEmail: input.billingEmail, admin: caller.user, in: transaction)
            guard let company else { throw Problem(.gstinTaken) }
            try await CompanyAudit.append("company.created", company, by: caller, in: request, transaction)
            // Who had one company has two now, and buys for none unless it is named.
            work.affects([caller.user])
            return company.response(.created)
        } afterCommit: { work in
            await dependencies.ports.tell(work)
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let (name, gstin, email) = try request.json { body -> (String, GSTIN?, String) in
            let name = body.parsed("legal_name", length: 1...200, placeholder: "") { CompanyFields.name($0) }
            let gstin = body.parsed("gstin", length: 15...15, placeholder: nil) { GSTIN($0) }
            let email = body.parsed("billing_email", length: 5...254, placeholder: "") { CompanyFields.email($0) }
            let pan = body.optionalString("pan", length: 10...10)
            if let pan, let gstin, pan.uppercased() != gstin.pan {
                body.fail("pan", code: "mismatch", message: "not the one in the GSTIN")
            }
            return (name, gstin, email)
        }
        // Without one the reading has failed before.
        guard let gstin else { throw Problem(.validationFailed) }
        return Input(legalName: name, gstin: gstin, billingEmail: email)
    }
}
