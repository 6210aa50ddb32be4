// SPDX-License-Identifier: Apache-2.0

/// Coarse time-outs of many connections behind one repeating timer.
///
/// A connection is entered once per deadline that comes earlier than its entry; later deadlines cost nothing, because
/// the entry is looked at when it is due and entered again. Entries are ids: one of a closed connection is only skipped.
struct TimerWheel {
    /// With the default tick of 100 ms the wheel spans 102 s; a later deadline waits in the last slot and moves on.
    private static let slotCount: UInt64 = 1024

    private var slots = [[UInt64]](repeating: [], count: Int(slotCount))
    private var current: UInt64 = 0
    let tick: UInt64

    init(tick: UInt64, now: UInt64) {
        self.tick = max(tick, 1_000_000)
        current = now / self.tick
    }

    /// Enters `id` for `deadline` unless it stands at `armed` or earlier already; returns where it stands.
    mutating func arm(_ id: UInt64, deadline: UInt64, armed: UInt64) -> UInt64 {
        let due = min(max(deadline / tick + 1, current + 1), current + Self.slotCount - 1)
        if armed > current, armed <= due { return armed }
        slots[Int(due % Self.slotCount)].append(id)
        return due
    }

    /// Takes out what is due until `now`, with the step it was entered for.
    mutating func advance(to now: UInt64) -> [(id: UInt64, due: UInt64)] {
        let target = now / tick
        var due: [(id: UInt64, due: UInt64)] = []
        while current < target {
            current += 1
            let slot = Int(current % Self.slotCount)
            guard !slots[slot].isEmpty else { continue }
            for id in slots[slot] { due.append((id, current)) }
            slots[slot].removeAll(keepingCapacity: false)
        }
        return due
    }
}
