// SPDX-License-Identifier: Apache-2.0

/// How much the sandbox keeps, and what happens at each bound. Everything is in memory and ends with the process.
struct SandboxLimits: Sendable {
    /// Orders kept. Past it the order paid longest ago goes, its payments with it; when none is paid, a create is answered 429.
    /// An order is about a kilobyte, and with the longest notes thirty.
    var orders = 20_000
    /// Payments tried on one order; one more is answered 400. Nobody tries so often, and it bounds the payments kept.
    var attemptsPerOrder = 50
    /// Refunds of one payment; one more is answered 400. They go with the payment, which bounds the refunds kept.
    var refundsPerPayment = 50
    /// Disputes of one payment; one more is answered 400. They go with the payment.
    var disputesPerPayment = 10
    /// Uploaded documents kept, a hundred octets each: of a file its size and digest stay. The oldest goes first.
    var documents = 2_000
    /// Downtimes kept; the oldest goes first.
    var downtimes = 100
    /// Idempotency keys remembered, with a digest and an id each: some 200 octets. The oldest is forgotten first.
    var idempotencyKeys = 20_000
    /// Events kept for retries and replays. Past it the one settled longest ago goes; when all of them still wait, whatever
    /// would make another is answered 503 and does not happen. An event is about 1.4 KB.
    var events = 8_192
    /// Webhook calls on the wire at once; the others wait in order. The endpoint has five seconds for each.
    var webhookSends = 32
    /// Calls in the log. The oldest go first, here and at `logBytes`.
    var logEntries = 8_192
    /// Octets of all logged headers and bodies together.
    var logBytes = 32 << 20
    /// Octets of one logged body; what is longer is cut, and the entry says so.
    var logBodyBytes = 16 << 10
    /// Entries in one answer of `GET /control/log`; the caller goes on from the last.
    var logPage = 1_000
    /// Callers that may wait for the log's next entry; one more is answered at once.
    var logWaiters = 64

    /// Octets of a request's body; above it 413. Fifteen notes of escaped characters are at most 92 KB.
    static let requestBytes = 128 << 10
    /// Octets of an upload, its other fields included; above it 413.
    static let uploadBytes = 4 << 20
    /// The longest `answer_delay_ms` and `delay_ms`: longer than any client waits.
    static let faultDelayMax: Int64 = 120_000
    /// The largest amount in the smallest unit: far from where sums and fees could overflow.
    static let amountMax: Int64 = 10_000_000_000_000
}
