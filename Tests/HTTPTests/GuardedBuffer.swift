// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Memory that ends where reading is forbidden: one octet too far and the process dies on the spot.
struct GuardedBuffer: ~Copyable {
    private let mapping: UnsafeMutableRawPointer
    private let capacity: Int
    private let page = Int(sysconf(Int32(_SC_PAGESIZE)))

    /// Room for `capacity` octets, rounded up to pages.
    init(capacity: Int) {
        self.capacity = (capacity + page - 1) / page * page
        guard
            let mapping = mmap(
                nil, self.capacity + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            mapping != MAP_FAILED, mprotect(mapping + self.capacity, page, PROT_NONE) == 0
        else { preconditionFailure("no guarded memory") }
        self.mapping = mapping
    }

    deinit {
        munmap(mapping, capacity + page)
    }

    /// Calls `body` with a copy of `octets` that ends at the guard.
    func with<R>(_ octets: some Collection<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) throws -> R) rethrows -> R {
        precondition(octets.count <= capacity)
        let start = (mapping + capacity - octets.count).assumingMemoryBound(to: UInt8.self)
        let buffer = UnsafeMutableBufferPointer(start: start, count: octets.count)
        _ = buffer.update(fromContentsOf: octets)
        return try body(UnsafeBufferPointer(buffer))
    }
}

/// SplitMix64: the same numbers for the same seed on every machine.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
