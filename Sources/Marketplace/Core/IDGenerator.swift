// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// How the 63 bits of an id are used.
public enum IDLayout {
    /// The bits of the number within one millisecond and worker.
    public static let sequenceBits: Int64 = 12
    /// The bits of the worker.
    public static let workerBits: Int64 = 10
    /// By how many bits the milliseconds are shifted; 41 bits of them last until September 2093.
    public static let timeShift: Int64 = 22
    /// The highest worker number: two live processes must never share one.
    public static let workerMax = 1023
    /// 2024-01-01T00:00:00Z in milliseconds since 1970.
    public static let epochMilliseconds: Int64 = 1_704_067_200_000
}

/// Makes ids: 41 bits milliseconds since 2024, 10 bits worker, 12 bits sequence.
///
/// Every id is greater than the one before, also when the clock steps back; when 4,096 ids of one millisecond are used up,
/// the next millisecond is borrowed. What a restart must not undo is handed in as `after`.
///
/// - Isolation: callable from any thread without waiting: the state is one atomic word.
/// - Cost: one clock reading and, uncontended, one compare-and-exchange.
public final class IDGenerator: Sendable {
    private let clock: any WallClock
    private let worker: Int64
    /// Milliseconds since the epoch and sequence of the last id, as one number: adding one carries into the milliseconds.
    private let last: Atomic<Int64>

    /// Makes a generator.
    ///
    /// - Parameters:
    ///   - worker: 0…``IDLayout/workerMax``, leased for this process; nil is returned for another number.
    ///   - clock: the time.
    ///   - after: the newest time at which this worker number may have made ids before; new ids are later.
    public init?(worker: Int, clock: any WallClock, after: Timestamp? = nil) {
        guard (0...IDLayout.workerMax).contains(worker) else { return nil }
        self.worker = Int64(worker)
        self.clock = clock
        let floor =
            after.map { max(0, $0.milliseconds &- IDLayout.epochMilliseconds &+ 1) << IDLayout.sequenceBits } ?? 0
        last = Atomic(max(0, floor &- 1))
    }

    /// The next id of `kind`, greater than every earlier one of this generator.
    public func next<Kind: IDKind>(_ kind: Kind.Type = Kind.self) -> ID<Kind> {
        ID(rawValue: nextRawValue())
    }

    /// The next id as a bare number.
    public func nextRawValue() -> Int64 {
        let now = max(0, clock.now().milliseconds &- IDLayout.epochMilliseconds) << IDLayout.sequenceBits
        var previous = last.load(ordering: .relaxed)
        while true {
            let next = max(now, previous &+ 1)
            let (exchanged, current) = last.weakCompareExchange(
                expected: previous, desired: next, ordering: .relaxed)
            if exchanged { return compose(next) }
            previous = current
        }
    }

    private func compose(_ stamp: Int64) -> Int64 {
        let sequence = stamp & (1 << IDLayout.sequenceBits - 1)
        // Past 2093 the time would reach the sign bit; masking keeps ids positive rather than ending the process.
        let time = stamp >> IDLayout.sequenceBits & (1 << 41 - 1)
        return time << IDLayout.timeShift | worker << IDLayout.sequenceBits | sequence
    }
}
