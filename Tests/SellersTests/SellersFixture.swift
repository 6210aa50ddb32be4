// SPDX-License-Identifier: Apache-2.0
import Accounts
import Actors
import Catalog
import Ledger
import Logging
import MarketCore
import MarketCrypto
import MarketHTTP
import Media
import Pictures
import Postgres
import Sellers
import Synchronization
import TestSupport
import Testing
import UVRuntime

@testable import HTTP

/// The endpoints of Sellers over a real database and a real directory of files, called without a server.
final class SellersFixture: Sendable {
    /// What an endpoint answered.
    struct Answer: Sendable {
        let status: Int
        let headers: [HTTPHeader]
        let body: [UInt8]

        var json: JSONValue {
            get throws { try JSONDocument(parsing: body).root }
        }

        /// The problem's code; nil for an answer that is none.
        var code: String? { status >= 400 ? (try? json)?["code"]?.string : nil }
        var isReplay: Bool { headers.contains { $0.name == "Idempotent-Replayed" } }
        /// `missing[]` of a problem or of a status.
        var missing: [String] { ((try? json)?["missing"]?.elements ?? []).compactMap(\.string) }
    }

    /// A user with a token.
    struct Person: Sendable {
        let user: UserID
        let token: String
    }

    private struct NoHints: AnswerHints {
        func answer(for digest: Hash32) async -> (fingerprint: Hash32, answer: StoredAnswer)? { nil }
        func remember(_ digest: Hash32, _ fingerprint: Hash32, _ answer: StoredAnswer, for duration: Duration) {}
    }

    /// Writes down what was told.
    final class News: ChangeNews {
        let told = Mutex<[SharedChange.Kind]>([])
        func announce(_ change: SharedChange) async { told.withLock { $0.append(change.kind) } }
    }

    /// Says what a test wants it to say.
    final class Scanner: DocumentScanner {
        let answer = Mutex(DocumentVerdict.clean)
        func verdict(on part: FormPart) async throws -> DocumentVerdict { answer.withLock { $0 } }
    }

    let pool: PostgresPool
    let loop: EventLoop
    let clock = ManualClock()
    let folder: SellersFolder
    let news = News()
    let scanner = Scanner()
    private let tokens: AccessTokens
    private let states: UserStates
    private let routes: Mutex<[Route]>
    private let ids: IDGenerator

    private init(_ database: TestDatabase, _ loop: EventLoop) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        self.loop = loop
        folder = SellersFolder()
        pool = PostgresPool(configuration: PostgresConfiguration(url: database.url, logger: logger), loop: loop)
        let secret = try #require(SecretKey([UInt8](repeating: 9, count: 32)))
        tokens = await AccessTokens(secret: secret, clock: clock)
        states = UserStates(loop: loop, clock: clock, load: accountsUserStates(pool: pool))
        ids = try #require(IDGenerator(worker: 1, clock: SystemClock()))
        routes = Mutex([])
        try restart(secret, logger)
    }

    private let remake = Mutex<(@Sendable () throws -> Void)?>(nil)

    /// Makes the endpoints anew, as a process does that knows only what the database knows.
    private func restart(_ secret: SecretKey, _ logger: Logger) throws {
        let (pool, ids) = (pool, ids)
        let directory = IdempotencyDirectory(
            executor: loop, clock: loop, shardCount: 1, limits: IdempotencyLimits(), refusalsWaitingMax: 64,
            hints: NoHints(), journal: KeyStore { pool }, logger: logger)
        let waits = KeyWaits(clock: loop)
        let calls = IdempotentCalls(keys: directory, waits: waits) { ids.nextRawValue() }
        let files = FileStore(directory: folder.path, keys: PrivateFileKeys(secret))
        let dependencies = SellersDependencies(
            pool: pool, gate: Gate(tokens: tokens, states: states, logger: logger), states: states,
            transactions: KeyedTransactions(
                pool: pool, calls: calls, waits: waits, secrets: SecretAnswers(secret: secret)),
            files: files, pictures: PictureDesk(files: files, images: ImageProcessor(loop: loop), ids: ids), ids: ids,
            secret: secret, news: news, clock: clock,
            ports: SellersPorts(
                grantRole: { try await accountsGrantRole(.seller, to: $0, in: $1) },
                commission: { try await commissionInForce(for: $0, in: $1) },
                categories: { try await CatalogStore(client: pool.reads).known($0) }))
        let made = sellerRoutes(dependencies, scanner: scanner)
        routes.withLock { $0 = made }
        remake.withLock { $0 = { [unowned self] in try restart(secret, logger) } }
    }

    /// Forgets everything that is not in the database.
    func forgetMemory() throws {
        states.forgetAll()
        try remake.withLock { $0 }?()
    }

    // MARK: People

    /// A customer.
    func customer() async throws -> Person { try await person(roles: ["customer"], permissions: []) }

    /// Somebody who may do everything with sellers, unless told otherwise.
    func admin(_ permissions: [String] = ["sellers:read", "sellers:write"]) async throws -> Person {
        try await person(roles: ["admin"], permissions: permissions)
    }

    private func person(roles: [String], permissions: [String]) async throws -> Person {
        let user: UserID = ids.next()
        let session: SessionID = ids.next()
        try await pool.execute(
            """
            insert into accounts.users (id, email, email_folded, password_hash, full_name, roles, permissions, status)
            values ($1, $2, $2, 'x', 'Asha Rao', $3, $4, 'active')
            """, user.rawValue, "\(user)@example.in", roles, permissions)
        try await pool.execute(
            "insert into accounts.sessions (id, user_id) values ($1, $2)", session.rawValue, user.rawValue)
        return Person(
            user: user, token: try await tokens.issue(user: user, session: session, audience: .all))
    }

    // MARK: Calls

    /// Calls an endpoint; `target` is a path with its query.
    func call(
        _ method: HTTPMethod, _ target: String, _ body: String = "", by person: Person? = nil, key: String? = nil,
        headers: [String] = []
    ) async throws -> Answer {
        try await send(method, target, Array(body.utf8), by: person, key: key, headers: headers)
    }

    /// Calls an endpoint with a body of octets.
    func send(
        _ method: HTTPMethod, _ target: String, _ body: [UInt8], by person: Person?, key: String?, headers: [String]
    ) async throws -> Answer {
        let path = String(target.prefix { $0 != "?" })
        let route = try #require(routes.withLock { $0.first { $0.method == method && $0.path == path } })
        var headers = headers
        if let person { headers.append("Authorization: Bearer \(person.token)") }
        if let key { headers.append("Idempotency-Key: \(key)") }
        let request = try TestRequest.make(route, headers: headers, body: body, target: target)
        let handler = ErrorAnswers.middleware(route) { try await TestRequest.answer(route, $0) }
        var response: HTTPResponse
        do {
            response = try await handler(request)
        } catch let problem as Problem {
            response = problem.response(to: request)
        }
        if let file = response.file {
            response.body = try await loop.offload { try file.content.read(at: 0, count: file.range.count) }
        }
        return Answer(status: response.status.code, headers: response.headers, body: response.body)
    }

    /// Uploads a document.
    func upload(
        _ type: String, _ file: [UInt8] = SellersFixture.pdf, fields: [String: String] = [:], by person: Person,
        key: String? = nil
    ) async throws -> Answer {
        var body: [UInt8] = []
        for (name, value) in (["document_type": type].merging(fields) { _, new in new }).sorted(by: { $0.key < $1.key })
        {
            body += Array("--b\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
        }
        body += Array(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../../etc/passwd.html\"\r\nContent-Type: text/html\r\n\r\n"
                .utf8)
        body += file + Array("\r\n--b--\r\n".utf8)
        return try await send(
            .post, "/api/sellers/kyc/upload/", body, by: person, key: key,
            headers: ["Content-Type: multipart/form-data; boundary=b"])
    }

    static let pdf = Array("%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n".utf8)

    // MARK: Sellers

    static func registration(
        _ name: String = "Kaveri Traders", gstin: String? = "29AAGCB7383J1Z4", pan: String = "AAGCB7383J",
        state: String = "KA", type: String = "proprietorship"
    ) -> String {
        """
        {"business_name":"\(name)","legal_name":"Kaveri Traders","type":"\(type)",\(gstin.map { "\"gstin\":\"\($0)\"," } ?? "")
        "pan":"\(pan)","contact":{"name":"Asha Rao","email":"sales@kaveri.example","phone":"+919876543210"},
        "pickup_address":{"name":"Store","phone":"+919876543210","line1":"1 MG Road","city":"Bengaluru","state_code":"\(state)","postal_code":"560001"},
        "bank":{"account_holder":"Kaveri Traders","account_number":"002301567890","ifsc":"HDFC0000123"},
        "categories":[],"accepted_terms_version":"2026-11"}
        """
    }

    /// A seller and its owner, a draft.
    func seller(
        _ name: String = "Kaveri Traders", gstin: String? = nil, type: String = "proprietorship"
    ) async throws -> (id: SellerID, owner: Person) {
        let owner = try await customer()
        let answer = try await call(
            .post, "/api/sellers/register/", Self.registration(name, gstin: gstin, type: type), by: owner)
        #expect(answer.status == 201)
        return (try #require(answer.json["id"]?.string.flatMap { SellerID($0) }), owner)
    }

    static let documents = ["pan", "gst_declaration", "address_proof", "cancelled_cheque"]

    /// Uploads everything and hands it in.
    func submit(_ owner: Person) async throws {
        for type in Self.documents { #expect(try await upload(type, by: owner).status == 201) }
        let answer = try await call(.post, "/api/sellers/kyc/submit/", by: owner)
        #expect(answer.status == 200)
    }

    /// Verifies whatever waits of one seller.
    func verifyAll(_ owner: Person, by admin: Person) async throws {
        for document in try await call(.get, "/api/sellers/kyc/status/", by: owner).json["documents"]?.elements ?? []
        where document["status"]?.string == "under_review" {
            let answer = try await call(
                .post, "/api/admin/kyc/review/",
                #"{"document_id":"\#(document["id"]?.string ?? "")","decision":"verified"}"#, by: admin)
            #expect(answer.status == 200)
        }
    }

    /// A seller that sells.
    func activeSeller(_ admin: Person) async throws -> (id: SellerID, owner: Person) {
        let (id, owner) = try await seller()
        try await submit(owner)
        try await verifyAll(owner, by: admin)
        let answer = try await call(.post, "/api/admin/sellers/approve/", #"{"id":"\#(id)"}"#, by: admin)
        #expect(answer.status == 200)
        return (id, owner)
    }

    /// The text in the only column of the only row.
    func text(_ sql: PostgresSQL) async throws -> String { try await pool.query(sql).only().string(0) }

    func count(_ sql: PostgresSQL) async throws -> Int { try await pool.query(sql).only().int(0) }

    /// Types of events, oldest first.
    func events() async throws -> [String] {
        try await pool.query("select type from platform.outbox where aggregate_type = 'seller' order by id").map {
            try $0.string(0)
        }
    }

    /// Gives the body a fixture on a loop and a database of its own.
    static func with(_ body: @escaping @Sendable (SellersFixture) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let group = try EventLoopGroup(count: 1)
            let loop = group.loops[0]
            do {
                try await loop.run {
                    let fixture = try await SellersFixture(database, loop)
                    do {
                        try await body(fixture)
                    } catch {
                        await fixture.pool.close()
                        throw error
                    }
                    await fixture.pool.close()
                }
            } catch {
                await group.shutdown()
                throw error
            }
            await group.shutdown()
        }
    }
}
