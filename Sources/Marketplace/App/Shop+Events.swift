// SPDX-License-Identifier: Apache-2.0
import MarketCore
import MarketHTTP
import Notifications

extension Shop {
    /// Who is told of committed events, in this order.
    static func subscribers(_ core: OrderCore, _ identity: ProcessIdentity) -> [OutboxSubscriber] {
        let ids = identity.ids
        return [TellReaders(newID: { ids.next() }, news: core.news).subscriber]
    }
}
