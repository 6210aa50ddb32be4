// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import MarketCrypto
import Media
public import Postgres

/// The SQL of a table of pictures, which each context has in its own schema: `id`, the owner's column, `sent_sha256`, `digest`, `kind`,
/// `width`, `height`, `expires_at`, where what is null is used; unique by owner and `sent_sha256` (`catalog.images`, migration 0035).
///
/// - Isolation: a value; its functions are called on the loop that the client belongs to.
public struct PictureStore: Sendable {
    /// How long one waits for its use: whoever fills in a form is done within a day.
    public static let unusedHours = 24
    /// Rows removed in one statement.
    static let batch = 500

    /// How many pictures of an owner may wait for their use.
    public let unusedMax: Int
    let removing: PostgresSQL
    let naming: PostgresSQL
    let forgetting: PostgresSQL
    private let judging: PostgresSQL
    private let keeping: PostgresSQL
    private let locking: PostgresSQL
    private let using: PostgresSQL

    /// Binds the statements to a table.
    ///
    /// - Parameters:
    ///   - owner: its column of whoever has sent a picture.
    ///   - exception: a condition on the row `i` under which it stays though its time is over.
    public init(table: String, owner: String, unusedMax: Int, exception: String = "false") {
        self.unusedMax = unusedMax
        // What `$1`, an owner, has room for: `$2`, the hash of what is sent, when `$3` unused ones are too many.
        let hasRoom = """
            (exists (select 1 from \(table) where \(owner) = $1 and sent_sha256 = $2)
             or (select count(*) from (select 1 from \(table)
                                        where \(owner) = $1 and expires_at is not null limit $3::int) unused) < $3::int)
            """
        judging = PostgresSQL(text: "select \(hasRoom)")
        keeping = PostgresSQL(
            text: """
                insert into \(table) as i (id, \(owner), sent_sha256, digest, kind, width, height, expires_at)
                select $4, $1, $2, $5, $6, $7, $8, now() + make_interval(hours => $9::int) where \(hasRoom)
                on conflict (\(owner), sent_sha256) do update
                  set expires_at = case when i.expires_at is null then null else excluded.expires_at end
                returning \(Self.columns(of: "i"))
                """)
        locking = PostgresSQL(
            text: """
                select id from \(table) where id = any($1) and \(owner) = $2 order by id for no key update
                """)
        using = PostgresSQL(
            text: """
                update \(table) set expires_at = case when id = $2 then null else now() + make_interval(hours => $3::int) end
                 where id = any($1)
                """)
        removing = PostgresSQL(
            text: """
                delete from \(table) where id in (
                  select i.id from \(table) i where i.expires_at < now() and not (\(exception))
                   order by i.id limit $1 for update skip locked)
                """)
        naming = PostgresSQL(text: "select distinct digest from \(table) where digest = any($1)")
        forgetting = PostgresSQL(text: "delete from \(table) where \(owner) = $1")
    }

    /// Whether an owner has so many pictures that are not used that another one has to wait.
    ///
    /// - Parameter sent: what may be sent again, since it is one of them.
    public func hasTooManyUnused(
        of owner: Int64, except sent: Digest256, in client: any PostgresClient
    ) async throws(PostgresError) -> Bool {
        try await client.query(judging, owner, sent.bytes, unusedMax).only().bool(0) == false
    }

    /// Keeps a picture that was sent, once for its owner however often it is sent; until it is used it has an end.
    ///
    /// - Returns: nil where the owner has no room for one more that is not used. Those that are sent at the same moment do not
    ///   see each other: the bound may be passed by as many as there are connections.
    public func keep(
        _ picture: Picture, sent: Digest256, of owner: Int64, in client: any PostgresClient
    ) async throws(PostgresError) -> Picture? {
        let row = try await client.first(
            keeping, owner, sent.bytes, unusedMax, picture.id.rawValue, picture.file.digest.bytes,
            picture.file.kind.rawValue, picture.width, picture.height, Self.unusedHours)
        guard let row else { return nil }
        return try Self.picture(row, at: 0)
    }

    /// Puts a picture in the place of another one, whose row of use the caller has locked: the one has no end from now, the other one
    /// has.
    ///
    /// - Returns: false, and nothing is done, for a picture that is not the owner's.
    public func use(
        _ picture: ImageID?, insteadOf before: ImageID?, of owner: Int64, in transaction: PostgresTransaction
    ) async throws(PostgresError) -> Bool {
        guard picture != before else { return true }
        let ids = [picture, before].compactMap { $0?.rawValue }
        var isOwn = picture == nil
        for row in try await transaction.query(locking, ids, owner) {
            if try row.int64(0) == picture?.rawValue { isOwn = true }
        }
        guard isOwn else { return false }
        try await transaction.execute(using, ids, picture?.rawValue, Self.unusedHours)
        return true
    }

    // MARK: Rows

    /// What `picture(_:at:)` reads of a row of the table under another name.
    public static func columns(of alias: String) -> String {
        ["id", "digest", "kind", "width", "height"].map { "\(alias).\($0)" }.joined(separator: ", ")
    }

    /// How many columns that are.
    public static let columnCount = 5

    /// The picture in some columns of a row; nil where there is none.
    public static func picture(_ row: PostgresRow, at start: Int) throws(PostgresError) -> Picture? {
        guard let id = try row.int64OrNil(start) else { return nil }
        guard let digest = Digest256(try row.bytes(start + 1)),
            let kind = MediaKind(rawValue: try row.string(start + 2))
        else { throw PostgresError(.decoding, outcome: .notExecuted, "a row holds a malformed picture") }
        return Picture(
            id: ImageID(rawValue: id), file: PublicFile(digest: digest, kind: kind), width: try row.int(start + 3),
            height: try row.int(start + 4))
    }
}
