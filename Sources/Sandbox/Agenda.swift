// SPDX-License-Identifier: Apache-2.0
import MarketCore

/// What happens at the provider without a call, and when: a heap by time, among equals in the order they came.
///
/// Each item is about one entity that is kept, so there are no more of them than the limits of those.
struct Agenda: Sendable {
    enum Item: Sendable {
        /// The refund reaches the payer.
        case refund(String)
        /// The bank tells its reference of a refund.
        case refundReference(String)
        /// The payer of a test address answers.
        case payerAnswer(String)
        /// The bank has not answered for a payment.
        case bankTimeout(String)
        /// A payment that is not captured by now goes back.
        case captureWindow(String)
        /// A dispute that nobody has answered by now is lost.
        case disputeDeadline(String)
    }

    private struct Entry {
        let due: Timestamp
        let number: UInt64
        let item: Item

        func isBefore(_ other: Entry) -> Bool {
            due == other.due ? number < other.number : due < other.due
        }
    }

    private var heap: [Entry] = []
    private var number: UInt64 = 0

    /// When the next is due.
    var nextDue: Timestamp? { heap.first?.due }

    mutating func add(_ item: Item, due: Timestamp) {
        number += 1
        heap.append(Entry(due: due, number: number, item: item))
        var child = heap.count - 1
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the next that is due at `now`.
    mutating func popDue(at now: Timestamp) -> Item? {
        guard let first = heap.first, first.due <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            let children = (2 * parent + 1..<2 * parent + 3).filter { $0 < heap.count }
            guard let least = children.min(by: { heap[$0].isBefore(heap[$1]) }), heap[least].isBefore(heap[parent])
            else { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return first.item
    }
}
