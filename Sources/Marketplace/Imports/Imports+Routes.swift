// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore
public import MarketHTTP
public import Postgres

/// What the endpoints of imports and exports work with: one set per loop, because the pool belongs to one.
public struct ImportsDependencies: Sendable {
    let pool: PostgresPool
    let gate: Gate
    let transactions: KeyedTransactions
    let ids: IDGenerator
    let imports: TableFiles
    let exports: TableFiles
    let ports: ImportPorts

    /// Puts the parts together.
    public init(
        pool: PostgresPool, gate: Gate, transactions: KeyedTransactions, ids: IDGenerator, imports: TableFiles,
        exports: TableFiles, ports: ImportPorts
    ) {
        self.pool = pool
        self.gate = gate
        self.transactions = transactions
        self.ids = ids
        self.imports = imports
        self.exports = exports
        self.ports = ports
    }

    /// Whom the caller speaks for.
    ///
    /// - Throws: `Problem` 403 `forbidden` for a seller's role without a seller.
    func owner(_ caller: Caller) async throws -> TableOwner {
        guard let seller = try await ports.seller(caller.user) else {
            throw Problem(.forbidden, detail: "You are no member of a seller.")
        }
        return TableOwner(seller: seller, user: caller.user)
    }
}

/// The endpoints of imports and exports, for sellers.
public func importRoutes(_ dependencies: ImportsDependencies) -> [Route] {
    let gate = dependencies.gate
    func read(
        _ path: String, _ name: String, _ description: RouteDescription, _ handler: @escaping Gate.UserHandler
    ) -> Route {
        gate.route(.get, path, name: name, role: .seller, query: ["id"], handler: handler).described(as: description)
    }
    return [
        gate.route(
            .post, "/api/imports/create/", name: "imports.create", role: .seller, idempotency: .accepted,
            reads: .multipart(CreateImport.limits), bodyMax: CreateImport.bodyMax,
            handler: CreateImport(dependencies: dependencies).answer
        ).described(as: CreateImport.description),
        read(
            "/api/imports/status/", "imports.status", ReadImport.description,
            ReadImport(dependencies: dependencies).answer),
        read(
            DownloadImportFaults.path, "imports.errors", DownloadImportFaults.description,
            DownloadImportFaults(dependencies: dependencies).answer),
        gate.route(
            .post, "/api/exports/create/", name: "exports.create", role: .seller, idempotency: .accepted,
            bodyMax: 16 * 1024, handler: CreateExport(dependencies: dependencies).answer
        ).described(as: CreateExport.description),
        read(
            "/api/exports/status/", "exports.status", ReadExport.description,
            ReadExport(dependencies: dependencies).answer),
        read(
            DownloadExport.path, "exports.download", DownloadExport.description,
            DownloadExport(dependencies: dependencies).answer),
    ]
}
