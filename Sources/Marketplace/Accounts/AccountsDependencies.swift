// SPDX-License-Identifier: Apache-2.0
import HTTP
public import Logging
public import MarketCore
public import MarketCrypto
public import MarketHTTP
public import Pictures
public import Postgres

/// What the endpoints of Accounts work with: one set per loop, because the pool belongs to one.
public struct AccountsDependencies: Sendable {
    let pool: PostgresPool
    let gate: Gate
    let tokens: AccessTokens
    let states: UserStates
    let principals: Principals
    let clients: ClientTokens
    let transactions: KeyedTransactions
    let hasher: PasswordHasher
    let ids: IDGenerator
    let random: RandomSource
    let proofs: ProofMails
    let secondFactors: SecondFactors
    let news: any ChangeNews
    let clock: any WallClock
    let cursors: CursorCodec
    let ports: AccountsPorts
    let pictures: PictureDesk
    /// nil where nobody is slowed down.
    let limiter: RateLimiter?
    let logger: Logger

    /// Puts the parts together.
    public init(
        pool: PostgresPool, gate: Gate, tokens: AccessTokens, states: UserStates, principals: Principals,
        clients: ClientTokens, transactions: KeyedTransactions, hasher: PasswordHasher, ids: IDGenerator,
        random: RandomSource = .secure, mailTokens: MailTokens, secondFactors: SecondFactors,
        news: any ChangeNews = NoNews(),
        clock: any WallClock = SystemClock(), cursors: CursorCodec, ports: AccountsPorts,
        pictures: PictureDesk, limiter: RateLimiter? = nil,
        logger: Logger
    ) {
        self.pool = pool
        self.gate = gate
        self.tokens = tokens
        self.states = states
        self.principals = principals
        self.clients = clients
        self.transactions = transactions
        self.hasher = hasher
        self.ids = ids
        self.random = random
        proofs = ProofMails(tokens: mailTokens)
        self.secondFactors = secondFactors
        self.news = news
        self.clock = clock
        self.cursors = cursors
        self.ports = ports
        self.pictures = pictures
        self.limiter = limiter
        self.logger = logger
    }

    /// The answer of a route that gives tokens to whom it does not know yet, unless it is a stored one whose user is blocked, or gone, by
    /// now (contract C8).
    ///
    /// Judged once the stored answer was found, not before: the key has been found with the very password that it was made with, so this
    /// tells nobody else what has become of an account.
    func unlessBlocked(_ response: HTTPResponse) async throws -> HTTPResponse {
        guard response.header("Idempotent-Replayed") != nil, (200...299).contains(response.status.code) else {
            return response
        }
        let answer = try JSONDocument(parsing: response.body).root
        let refresh = (answer["tokens"] ?? answer)["refresh"]?.string.flatMap { RefreshToken($0) }
        guard let refresh, let family = try await AccountsStore.family(of: refresh, in: pool.reads),
            family.status != .blocked
        else { throw Problem(.accountBlocked) }
        return response
    }
}
