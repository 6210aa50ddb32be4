// SPDX-License-Identifier: Apache-2.0
import Actors
import Catalog
import Foundation
import HTTP
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Postgres
import Synchronization
import TestSupport
import Testing
import UVRuntime

@testable import Imports

/// The endpoints and runners of imports over a real database and a directory of their own, called without a server.
///
/// Seller 5 of user 2100 has the variants S-1…S-20 (ids 101…120, 10 pieces at 1,000 each, three of S-3 held by an order), seller 6 of
/// user 2101 the variant S-1 (id 201). User 2102 is of the role without a seller, user 2001 a customer.
final class ImportsFixture: Sendable {
    private struct NoHints: AnswerHints {
        func answer(for digest: Hash32) async -> (fingerprint: Hash32, answer: StoredAnswer)? { nil }
        func remember(_ digest: Hash32, _ fingerprint: Hash32, _ answer: StoredAnswer, for duration: Duration) {}
    }

    /// The moment at which a chunk is to die: after its rows, before its commit.
    struct Killed: Error {}

    let pool: PostgresPool
    let directory: URL
    let loop: EventLoop
    /// What was announced.
    let told = Mutex<[VariantID]>([])
    /// So many chunks are applied before one dies; nil: none does.
    let chunksUntilDeath = Mutex<Int?>(nil)
    private let tokens: AccessTokens
    private let routes: Mutex<InProcessRoutes?>
    private let secret: SecretKey
    private let states: UserStates
    private let ids: IDGenerator
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private init(_ database: TestDatabase, _ loop: EventLoop, _ directory: URL) async throws {
        self.loop = loop
        self.directory = directory
        pool = PostgresPool(configuration: PostgresConfiguration(url: database.url, logger: logger), loop: loop)
        secret = try #require(SecretKey([UInt8](repeating: 9, count: 32)))
        tokens = await AccessTokens(secret: secret)
        states = UserStates(loop: loop) { sessions in
            Dictionary(
                uniqueKeysWithValues: sessions.map { session in
                    let roles: Roles = session.user.rawValue >= 2100 ? [.customer, .seller] : .customer
                    return (session, UserState(roles: roles, permissions: [], status: .active, isSessionOpen: true))
                })
        }
        ids = try #require(IDGenerator(worker: 1, clock: SystemClock()))
        routes = Mutex(nil)
        forgetMemory()
    }

    var files: TableFiles { TableFiles(directory: directory.path + "/imports") }
    var exported: TableFiles { TableFiles(directory: directory.path + "/exports") }

    private var ports: ImportPorts {
        let (pool, ids) = (pool, ids)
        @Sendable func fault(_ outcome: SellerTableStore.Outcome?) -> RowFault? {
            switch outcome {
            case .set?: nil
            case .unknown?, nil: .unknownSKU
            case .belowReserved(let reserved)?: .belowReserved(reserved)
            case .tierNotBelow?: .tierAbovePrice
            case .compareAtBelow?: .belowPrice
            case .otherCurrency(let own)?: .otherCurrency(own)
            }
        }
        @Sendable func price(_ change: PriceChange) -> SellerTableStore.Price {
            let compareAt: Int64? = if case .set(let value) = change.compareAt { value } else { nil }
            return SellerTableStore.Price(
                amount: change.price, compareAt: compareAt, keepsCompareAt: change.compareAt == .kept,
                currency: change.currency)
        }
        return ImportPorts(
            seller: { [2100: SellerID(rawValue: 5), 2101: SellerID(rawValue: 6)][$0.rawValue] },
            isActive: { seller, transaction in
                try await transaction.query("select status from sellers.sellers where id = $1", seller.rawValue).only()
                    .string(0) == "active"
            },
            setStock: { [unowned self] rows, owner, _, transaction in
                let result = try await SellerTableStore.setStock(
                    Dictionary(rows.map { ($0.sku, $0.change) }) { $1 }, of: owner.seller, by: owner.user,
                    newID: { ids.nextRawValue() }, in: transaction)
                try die()
                return (rows.map { fault(result.outcomes[$0.sku]) }, result.changed.map(\.variant))
            },
            setPrices: { [unowned self] rows, owner, reference, transaction in
                let result = try await SellerTableStore.setPrices(
                    Dictionary(rows.map { ($0.sku, price($0.change)) }) { $1 }, of: owner.seller, by: owner.user,
                    as: reference,
                    in: transaction)
                try die()
                return (rows.map { fault(result.outcomes[$0.sku]) }, result.changed)
            },
            changed: { [unowned self] _, variants in told.withLock { $0 += variants } },
            variants: { seller, after, limit in
                try await SellerTableStore.page(of: seller, after: after, limit: limit, in: pool.reads).map {
                    ExportedVariant(
                        id: $0.id, sku: $0.sku, title: $0.title, quantity: $0.onHand, reserved: $0.reserved,
                        price: $0.price, compareAt: $0.compareAt, currency: $0.currency)
                }
            }, products: products)
    }

    /// As the shop binds them.
    private var products: ProductTablePorts {
        let (pool, table) = (pool, table)
        return ProductTablePorts(
            columns: ProductTableColumn.exported,
            apply: { [unowned self] rows, owner, reference, transaction in
                let result = try await table.apply(
                    rows.map { ProductTableRow(sku: $0.sku, values: $0.change.values, empty: $0.change.empty) },
                    of: owner.seller, by: owner.user, as: reference, in: transaction)
                try die()
                let faults = result.faults.map { fault in
                    fault.map { RowFault(field: $0.field, code: $0.code, message: $0.message) }
                }
                return (faults, { [unowned self] in told.withLock { $0 += result.news.flatMap(\.variants) } })
            },
            page: { seller, after in
                let page = try await ProductTable.page(of: seller, after: after, in: pool.reads)
                let rows = page.rows.map { row in
                    row.map { cell -> ExportedCell in
                        switch cell {
                        case .text(let text): .text(text)
                        case .number(let number): .number(number)
                        case .flag(let flag): .flag(flag)
                        case .json(let json): .json(json)
                        case .none: .none
                        case .unsaid: .unsaid
                        }
                    }
                }
                return ExportedPage(rows: rows, after: page.after, isEnd: page.isEnd)
            })
    }

    /// The table of products that imports write through.
    var table: ProductTable { ProductTable(ids: ids, clock: SystemClock()) }

    private func die() throws {
        let dies = chunksUntilDeath.withLock { left -> Bool in
            guard let now = left else { return false }
            left = now - 1
            return now <= 0
        }
        if dies { throw Killed() }
    }

    /// A runner as each process has one.
    var runner: ImportRunner {
        ImportRunner(pool: pool, files: files, ports: ports, clock: loop, logger: logger)
    }

    var exportRunner: ExportRunner {
        ExportRunner(pool: pool, files: exported, ports: ports, clock: loop)
    }

    /// Works off every job that is owed now, as a process does.
    func workOff() async throws {
        let (runner, exports) = (runner, exportRunner)
        await JobRunner(
            executor: loop, store: JobStore(postgres: pool),
            handlers: [
                ImportRunner.kind: { try await runner.run($0) },
                ImportRunner.expiryKind: { try await runner.expire($0) },
                ExportRunner.kind: { try await exports.run($0) },
                ExportRunner.expiryKind: { try await exports.expire($0) },
            ],
            endings: [
                ImportRunner.kind: { try await runner.end($0, after: $1) },
                ExportRunner.kind: { job, _ in try await exports.end(job) },
            ], batch: 1, logger: logger
        ).run()
    }

    /// Makes the endpoints anew, as a process does that knows only what the database knows.
    func forgetMemory() {
        let pool = pool
        let keys = IdempotencyDirectory(
            executor: loop, clock: loop, shardCount: 1, limits: IdempotencyLimits(), refusalsWaitingMax: 64,
            hints: NoHints(), journal: KeyStore { pool }, logger: logger)
        let ids = ids
        let calls = IdempotentCalls(keys: keys, waits: KeyWaits(clock: loop)) { ids.nextRawValue() }
        let dependencies = ImportsDependencies(
            pool: pool, gate: Gate(tokens: tokens, states: states, logger: logger),
            transactions: KeyedTransactions(
                pool: pool, calls: calls, waits: KeyWaits(clock: loop), secrets: SecretAnswers(secret: secret)),
            ids: ids, imports: files, exports: exported, ports: ports)
        routes.withLock { $0 = InProcessRoutes(importRoutes(dependencies), middleware: [ErrorAnswers.middleware]) }
    }

    private static let rows = """
        insert into sellers.sellers (id, slug, business_name, status) values (5, 'five', 'Five', 'active'), (6, 'six', 'Six', 'active');
        insert into catalog.categories (id, slug, name, path, ancestor_ids) values (1, 'a', 'A', '{a}', '{1}');
        insert into catalog.products (id, seller_id, category_id, slug, title, moderation, hsn_code, gst_rate_bps) values
          (41, 5, 1, 'rug', '=Rug', 'approved', '6109', 1800), (42, 6, 1, 'lamp', 'Lamp', 'approved', '6109', 1800);
        insert into catalog.variants (id, product_id, seller_id, sku, price_minor, tiers)
        select 100 + g, 41, 5, 'S-' || g, 1000, case when g = 4 then '[{"min_quantity":10,"price_minor":900}]'::jsonb else '[]' end
          from generate_series(1, 20) g union all select 201, 42, 6, 'S-1', 1000, '[]';
        update inventory.stock set on_hand = 10, reserved = case when variant_id = 103 then 3 else 0 end;
        """

    // MARK: Calls

    func call(
        _ method: String, _ target: String, _ body: String? = nil, as user: Int64? = 2100, key: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> TestClient.Answer {
        let token: String? =
            if let user {
                try await tokens.issue(
                    user: UserID(rawValue: user), session: SessionID(rawValue: user + 1), audience: .all)
            } else {
                nil
            }
        let routes = try #require(routes.withLock { $0 })
        return await routes.send(method, target, body, token: token, key: key, headers: headers)
    }

    /// Sends a table.
    func send(
        _ table: String, _ fields: [(String, String)] = [("kind", "stock")], name: String = "table.csv",
        as user: Int64? = 2100, key: String? = nil
    ) async throws -> TestClient.Answer {
        var parts = fields.map { name, value in
            "--x\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        }
        parts.append(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n\r\n\(table)\r\n--x--\r\n")
        return try await call(
            "POST", "/api/imports/create/", parts.joined(), as: user, key: key,
            headers: [("Content-Type", "multipart/form-data; boundary=x")])
    }

    /// Sends a table that is taken in, and gives its id.
    func taken(_ table: String, _ fields: [(String, String)] = [("kind", "stock")], name: String = "table.csv")
        async throws -> String
    {
        let answer = try await send(table, fields, name: name)
        #expect(answer.status == 202, "\(answer.text)")
        return try #require(try answer.json["id"]?.string)
    }

    /// Works an import off and gives its state.
    func finished(_ id: String) async throws -> TestClient.Answer {
        try await workOff()
        return try await call("GET", "/api/imports/status/?id=\(id)")
    }

    /// The only column of the only row, as text.
    func text(_ sql: PostgresSQL) async throws -> String {
        try await pool.query(sql).only().string(0)
    }

    /// Gives the variants S-1…S-20 a value each of one option, as requests would have to.
    func tellVariantsApart() async throws {
        try await pool.execute(
            """
            update catalog.products set options = jsonb_build_array(jsonb_build_object('name', 'n', 'values',
              (select jsonb_agg(g::text order by g) from generate_series(1, 20) g))) where id = 41
            """)
        try await pool.execute(
            """
            update catalog.variants set options = jsonb_build_object('n', (id - 100)::text), is_default = id = 101
             where product_id = 41
            """)
    }

    /// Names of the files that are kept.
    func kept(_ folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory.path + "/" + folder)) ?? []
    }

    /// Has the last attempt of every job come next, at once.
    func comeToTheLastAttempt() async throws {
        try await pool.execute(
            "update platform.jobs set attempts = $1, run_at = now() where state = 'ready' and kind in ('import.run', 'export.run')",
            Int32(JobRunner.attemptsMax - 1))
    }

    /// Has the process of every job ended during each of its attempts.
    func dieInEachAttempt() async throws {
        try await pool.execute(
            """
            update platform.jobs set state = 'running', attempts = $1, run_at = now() - interval '1 second'
             where kind in ('import.run', 'export.run')
            """, Int32(JobRunner.attemptsMax))
    }

    /// Lets a file look as if nobody had written to it for a day.
    func age(_ folder: String, _ name: String) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -86_400)],
            ofItemAtPath: "\(directory.path)/\(folder)/\(name)")
    }

    var sweep: TableSweep {
        TableSweep(executor: loop, pool: pool, imports: files, exports: exported, clock: loop, logger: logger)
    }

    /// Gives the body a fixture on a loop, a database and a directory of its own.
    static func with(_ body: @escaping @Sendable (ImportsFixture) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "mve-imports-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        try await TestDatabase.with { database in
            _ = try await database.sql(rows)
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            let result: Result<Void, any Error>
            do {
                try await loop.run {
                    let fixture = try await ImportsFixture(database, loop, directory)
                    let inner: Result<Void, any Error>
                    do {
                        inner = .success(try await body(fixture))
                    } catch {
                        inner = .failure(error)
                    }
                    await fixture.pool.close()
                    try inner.get()
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await group.shutdown()
            try result.get()
        }
    }
}
