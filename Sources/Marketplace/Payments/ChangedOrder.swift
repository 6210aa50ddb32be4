// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Synchronization

/// Carries the order that a transaction changed out of it, to be told of after the commit.
final class ChangedOrder: Sendable {
    private let noted = Mutex<OrderID?>(nil)

    func note(_ order: OrderID) {
        noted.withLock { $0 = order }
    }

    var order: OrderID? { noted.withLock { $0 } }
}
