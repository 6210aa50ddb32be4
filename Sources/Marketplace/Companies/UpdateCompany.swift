// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Postgres

/// `PUT /api/companies/update/`: what its admins change of a company; absent is unchanged.
///
/// Another tax number is another company to the tax office: it is verified anew, and until then nobody buys at its prices.
struct UpdateCompany: Sendable {
    let dependencies: CompaniesDependencies

    private struct Input: Sendable {
        let id: CompanyID
        let legalName: String?
        let gstin: GSTIN?
        let billingEmail: String?
        let expectedVersion: Int64?
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal, honoursIfMatch: true) {
            CompanyWork(try Self.read(request))
        } _: { transaction, work in
            let input = work.input
            let company = try await CompanyAccess.administered(input.id, by: caller, in: transaction)
            if let expected = input.expectedVersion, expected != company.version {
                throw Problem.changedMeanwhile("company", version: company.version)
            }
            let changed = try await change(company, input, transaction)
            if changed != company {
                if changed.status != company.status {
                    work.affects(try await CompaniesStore.members(of: company.id, in: transaction).map(\.user))
                }
                try await CompanyAudit.append(
                    "company.updated", changed, before: company, by: caller, in: request, transaction)
            }
            return changed.response()
        } afterCommit: { work in
            await dependencies.ports.tell(work)
        }
    }

    private func change(
        _ company: Company, _ input: Input, _ transaction: PostgresTransaction
    ) async throws -> Company {
        guard let gstin = input.gstin ?? GSTIN(company.gstin) else { throw Problem(.internalError) }
        let isOther = gstin.text != company.gstin
        let name = input.legalName ?? company.legalName
        let email = input.billingEmail ?? company.billingEmail
        guard isOther || name != company.legalName || email != company.billingEmail else { return company }
        // So does another name.
        let isNew = isOther || name != company.legalName
        let changed = try await CompaniesStore.update(
            company.id, legalName: name, gstin: gstin, billingEmail: email,
            status: isNew ? .pending : company.status, note: isNew ? nil : company.statusNote, in: transaction)
        guard let changed else { throw Problem(.gstinTaken) }
        if isNew, company.status == .verified {
            try await CompaniesStore.takeCarts(of: nil, from: company.id, in: transaction)
        }
        return changed
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let ifMatch = try EntityTag.expectedVersion(of: request)
        let (id, fields) = try request.json { body in
            let id = body.string("id", length: 1...64)
            return (
                id,
                (
                    name: body.optionalParsed("legal_name", length: 1...200) { CompanyFields.name($0) },
                    gstin: body.optionalParsed("gstin", length: 15...15) { GSTIN($0) },
                    email: body.optionalParsed("billing_email", length: 5...254) { CompanyFields.email($0) },
                    version: body.expectedVersion(ifMatch: ifMatch)
                )
            )
        }
        return Input(
            id: try CompanyAccess.id(id), legalName: fields.name, gstin: fields.gstin, billingEmail: fields.email,
            expectedVersion: fields.version)
    }
}
