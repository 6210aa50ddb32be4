// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// `POST /api/admin/companies/verify/`: says whether a company is who it says. Exactly the version that was looked at.
struct VerifyCompany: Sendable {
    let dependencies: CompaniesDependencies

    private struct Input: Sendable {
        let id: CompanyID
        let isVerified: Bool
        let note: String?
        let version: Int64
    }

    func handle(_ request: RequestContext, _ caller: Caller) async throws -> HTTPResponse {
        try await dependencies.transactions.run(request, as: caller.principal) {
            CompanyWork(try Self.read(request))
        } _: { transaction, work in
            let input = work.input
            guard let company = try await CompaniesStore.locked(input.id, in: transaction) else {
                throw Problem(.notFound)
            }
            let status: CompanyStatus = input.isVerified ? .verified : .rejected
            guard company.status != status else { return company.response() }
            guard company.version == input.version else {
                throw Problem.changedMeanwhile("company", version: company.version)
            }
            guard let gstin = GSTIN(company.gstin) else { throw Problem(.internalError) }
            let changed = try await CompaniesStore.update(
                company.id, legalName: company.legalName, gstin: gstin, billingEmail: company.billingEmail,
                status: status, note: input.note, in: transaction)
            guard let changed else { throw Problem(.gstinTaken) }
            if status != .verified {
                try await CompaniesStore.takeCarts(of: nil, from: company.id, in: transaction)
            }
            try await CompanyAudit.append(
                input.isVerified ? "company.verified" : "company.rejected", changed, before: company, by: caller,
                in: request, reason: input.note, transaction)
            work.affects(try await CompaniesStore.members(of: company.id, in: transaction).map(\.user))
            return changed.response()
        } afterCommit: { work in
            await dependencies.ports.tell(work)
        }
    }

    private static func read(_ request: RequestContext) throws -> Input {
        let (id, isVerified, note, version) = try request.json { body in
            let isVerified = body.bool("verified")
            let note = body.optionalParsed("note", length: 1...500) { CompanyFields.name($0) }
            if !isVerified, note == nil { body.fail("note", code: "required", message: "a rejection says why") }
            return (
                body.string("id", length: 1...64), isVerified, note, body.int("expected_version", in: 1...Int.max)
            )
        }
        return Input(id: try CompanyAccess.id(id), isVerified: isVerified, note: note, version: Int64(version))
    }
}
