// SPDX-License-Identifier: Apache-2.0
import Actors
import MarketCore

/// `platform.idempotency_keys`.
struct KeyRow {
    var fingerprint: Hash32
    /// Nil while the key is only started.
    var answer: StoredAnswer?
    var madeAt: UInt64 = 0
    var expires: UInt64
}

/// `orders.orders` and its seller orders.
struct OrderRow {
    enum Status: String {
        case pendingPayment, confirmed, expired, cancelled
    }

    let placed: PlaceOrder
    var status = Status.pendingPayment
    var reservedUntil: UInt64
    var isExtended = false
    var paid: Int64 = 0
    var rank: Int16 = 0
    var version: Int64 = 1
    var eventSequence = 1

    var order: OrderRecord { placed.order }
}

/// `inventory.reservations`, one per order here: a seller order's units never move without its neighbours'.
struct ReservationRow {
    enum State: String {
        case held, committed, expired, released
    }

    var state = State.held
    var expires: UInt64
    let units: [(variant: VariantID, quantity: Int)]
}

/// `payments.payments`: one attempt.
struct PaymentRow {
    enum Status: String {
        case created, initiated, authorized, captured, failed, expired
    }

    let id: PaymentID
    let order: OrderID
    let amount: Int64
    let currency = "INR"
    var status = Status.created
    var rank: Int16 = 0
    var providerOrder: String?
    var capturedMinor: Int64 = 0
    var flags: Set<CaptureVerdict> = []
    var eventSequence = 0
}

/// What a capture was found to be.
enum CaptureVerdict: String {
    case accepted, mismatch, duplicate, late
}

/// `payments.provider_payments`.
struct ProviderPaymentRow {
    let payment: PaymentID
    let order: OrderID
    var rank: Int16
    var amount: Int64
    var verdict: CaptureVerdict?
}

/// `payments.events`.
struct EventRow {
    enum State: String {
        case waiting, ignored, failed, processed
    }

    let hash: Hash32
    var state: State
}

/// `ledger.entries` with both lines.
struct LedgerRow {
    let id: JournalEntryID
    let order: OrderID
    let debit: Int64
    let credit: Int64
}

/// A variant's committed offer at one version.
struct OfferRow {
    let seller: SellerID
    var price: Int64
    var version: Int64
}
