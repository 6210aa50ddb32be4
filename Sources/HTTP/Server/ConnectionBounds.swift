// SPDX-License-Identifier: Apache-2.0

import UVRuntime

/// What a connection asks of the configuration with every request, as plain numbers: reading one copies nothing else.
/// Times are nanoseconds.
struct ConnectionBounds: Sendable {
    let headTime: UInt64
    let bodyTime: UInt64
    let bodyGrace: UInt64
    /// Octets a second, at least 1.
    let bodyRateMin: UInt64
    let idleTime: UInt64
    let idlePressedTime: UInt64
    let writeTime: UInt64
    let handlerTime: UInt64
    let lingerTime: UInt64
    let requestsPerConnectionMax: Int
    let writeBufferMax: Int
    let readAheadMax: Int
    let discardMax: Int
    /// Bodies from here on may be coded.
    let gzipMin: Int

    init(_ configuration: HTTPServerConfiguration) {
        func nanoseconds(_ duration: Duration) -> UInt64 { duration.wholeMilliseconds &* 1_000_000 }
        let timeouts = configuration.timeouts
        headTime = nanoseconds(timeouts.head)
        bodyTime = nanoseconds(timeouts.body)
        bodyGrace = nanoseconds(timeouts.bodyGrace)
        bodyRateMin = UInt64(max(timeouts.bodyRateMin, 1))
        idleTime = nanoseconds(timeouts.idle)
        idlePressedTime = min(nanoseconds(timeouts.idlePressed), idleTime)
        writeTime = nanoseconds(timeouts.write)
        handlerTime = nanoseconds(timeouts.handler)
        lingerTime = nanoseconds(timeouts.linger)
        requestsPerConnectionMax = configuration.requestsPerConnectionMax
        writeBufferMax = configuration.writeBufferMax
        readAheadMax = configuration.readAheadMax
        discardMax = configuration.discardMax
        gzipMin = configuration.gzipMin
    }
}
