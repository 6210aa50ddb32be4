// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore
import MarketHTTP
import Postgres

/// The result rows of `checkout.save_carts_v3`: one outcome per change.
struct CartRows {
    let outcomes: [CartWriteOutcome]

    init(_ rows: PostgresRows, count: Int) throws {
        var found = [CartWriteOutcome?](repeating: nil, count: count)
        for row in rows {
            let index = try row.int(0) - 1
            guard found.indices.contains(index) else { throw JournalError.fault("save_carts_v3 answers for no change") }
            found[index] = try Self.outcome(row)
        }
        outcomes = try found.map {
            guard let outcome = $0 else { throw JournalError.fault("save_carts_v3 left a change without an outcome") }
            return outcome
        }
    }

    private static func outcome(_ row: PostgresRow) throws -> CartWriteOutcome {
        switch try row.int16(1) {
        case 0, 5: return .saved
        case 1: return .keyBusy
        case 2:
            guard let fingerprint = Hash32(try row.bytes(3)),
                let answer = try StoredAnswer(row, status: 4, fields: 5, body: 6)
            else { throw JournalError.fault("a key row cannot be read") }
            return .known(fingerprint: fingerprint, answer: answer)
        case 3: return .moved(to: try row.int64OrNil(2))
        case 4: return .cartBusy
        case let code: throw JournalError.fault("save_carts_v3 answers with the code \(code)")
        }
    }
}
