// SPDX-License-Identifier: Apache-2.0

/// Time and processor time of the measured parts of a run; what lies between `stop` and `start` does not count.
struct UsageMeter {
    let serverPID: Int32?
    let postmasterPID: Int32?

    /// Nanoseconds measured so far, without the part that runs.
    private(set) var wall: UInt64 = 0
    private(set) var own = 0.0
    /// Seconds; nil when the processes are not known or went away.
    private(set) var server: Double? = 0
    private(set) var postgres: Double? = 0
    private(set) var residentIdle: Int?
    private(set) var residentMax: Int?
    private var startedAt: Sample?

    private struct Sample {
        let time: UInt64
        let own: Double
        let server: Double?
        let postgres: Double?
    }

    init(serverPID: Int32?, postmasterPID: Int32?) {
        self.serverPID = serverPID
        self.postmasterPID = postmasterPID
        residentIdle = serverPID.flatMap { ProcessUsage.residentBytes($0) }
    }

    private var sample: Sample {
        Sample(
            time: MonotonicTime.now, own: ProcessUsage.ownSeconds,
            server: serverPID.flatMap { ProcessUsage.processorSeconds($0) },
            postgres: postmasterPID.flatMap { ProcessUsage.postgresSeconds(postmaster: $0) })
    }

    /// Whether a measured part runs.
    var isRunning: Bool { startedAt != nil }

    /// Nanoseconds measured, with the part that runs.
    var elapsed: UInt64 { wall + (startedAt.map { MonotonicTime.now - $0.time } ?? 0) }

    mutating func start() {
        startedAt = sample
    }

    mutating func stop() {
        guard let first = startedAt else { return }
        startedAt = nil
        let last = sample
        wall += last.time - first.time
        own += last.own - first.own
        server = Self.sum(server, first.server, last.server)
        postgres = Self.sum(postgres, first.postgres, last.postgres)
        noteMemory()
    }

    /// Looks at the server's memory; called now and then.
    mutating func noteMemory() {
        guard let bytes = serverPID.flatMap({ ProcessUsage.residentBytes($0) }) else { return }
        residentMax = max(residentMax ?? 0, bytes)
    }

    private static func sum(_ sum: Double?, _ first: Double?, _ last: Double?) -> Double? {
        guard let sum, let first, let last else { return nil }
        return sum + last - first
    }
}
