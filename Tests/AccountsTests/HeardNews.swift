// SPDX-License-Identifier: Apache-2.0
import MarketHTTP
import Synchronization

/// Remembers what other processes would be told.
final class HeardNews: ChangeNews {
    private let heard = Mutex<[SharedChange]>([])

    func announce(_ change: SharedChange) async {
        heard.withLock { $0.append(change) }
    }

    var all: [SharedChange] { heard.withLock { $0 } }
}
