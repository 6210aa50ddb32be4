// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Synchronization

/// What a change of a company asks for, and whom its transaction left to be told of after the commit.
struct CompanyWork<Input: Sendable>: Sendable {
    let input: Input
    private let affected = Affected()

    private final class Affected: Sendable {
        let users = Mutex<[UserID]>([])
    }

    init(_ input: Input) {
        self.input = input
    }

    /// Whom these users buy for may be another company, or none, from now on.
    func affects(_ users: [UserID]) {
        affected.users.withLock { $0 = users }
    }

    /// Those of the transaction that was committed.
    var users: [UserID] { affected.users.withLock { $0 } }
}

extension CompanyPorts {
    /// Tells of whom a change affects.
    func tell<Input>(_ work: CompanyWork<Input>) async {
        if !work.users.isEmpty { await changed(work.users) }
    }
}
