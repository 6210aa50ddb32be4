// SPDX-License-Identifier: Apache-2.0

import CZlib

/// How far a coded body may be blown up.
struct GzipLimits: Sendable {
    /// Octets after decoding. Above: 413.
    var decodedMax: Int
    /// Decoded octets for each coded one, counted once more than `freeCount` have come out. Deflate reaches 1,032; texts
    /// that somebody means stay below 50. Above: 413, so that a short request does not buy long work.
    var ratioMax = 100
    /// Decoded octets up to which the ratio is nobody's business: any JSON body, and a file that begins with a long run of
    /// one octet. It takes some two milliseconds.
    var freeCount = 1024 * 1024

    init(decodedMax: Int) { self.decodedMax = decodedMax }
}

/// Takes the coding `gzip` off a body (RFC 1952), piece by piece; the result is the same wherever the stream is cut.
///
/// One member and nothing behind it: decoders disagree about what a second one means.
/// ```
/// while let block = try decoder.next(input, &consumed) { … }
/// …
/// try decoder.finish()
/// ```
/// - Cost: about 56 KiB while it lives.
struct GzipDecoder: ~Copyable {
    /// Octets given out at once.
    static let blockSize = 16 * 1024

    private let limits: GzipLimits
    /// zlib keeps a pointer to it, so that it may not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let block = UnsafeMutablePointer<UInt8>.allocate(capacity: blockSize)
    private var codedCount = 0
    private var decodedCount = 0
    private var hasEnded = false

    init(limits: GzipLimits) throws(ParseFailure) {
        self.limits = limits
        stream.initialize(to: z_stream())
        // 15 bits of window, and the gzip wrapper alone.
        let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw Self.outOfMemory }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        block.deallocate()
    }

    /// Decodes on at `input[consumed]` and moves `consumed`.
    ///
    /// - Returns: octets that are valid until the next call; nil when all input is used up.
    mutating func next(
        _ input: UnsafeBufferPointer<UInt8>, _ consumed: inout Int
    ) throws(ParseFailure) -> UnsafeBufferPointer<UInt8>? {
        if hasEnded {
            guard consumed == input.count else { throw .malformed("Octets follow the end of the gzip stream.") }
            return nil
        }
        let available = input.count - consumed
        stream.pointee.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + consumed) }
        stream.pointee.avail_in = UInt32(clamping: available)
        stream.pointee.next_out = block
        stream.pointee.avail_out = UInt32(Self.blockSize)
        let status = inflate(stream, Z_NO_FLUSH)
        let used = min(available, Int(UInt32.max)) - Int(stream.pointee.avail_in)
        let made = Self.blockSize - Int(stream.pointee.avail_out)
        consumed += used
        codedCount += used
        decodedCount += made
        switch status {
        case Z_OK: break
        case Z_STREAM_END: hasEnded = true
        // Nothing more can be done with what is there.
        case Z_BUF_ERROR: break
        case Z_MEM_ERROR: throw Self.outOfMemory
        default: throw .malformed("The body is no gzip stream.")
        }
        try checkSize()
        if made > 0 { return UnsafeBufferPointer(start: block, count: made) }
        guard hasEnded, consumed < input.count else { return nil }
        throw .malformed("Octets follow the end of the gzip stream.")
    }

    /// To be called at the end of the body.
    func finish() throws(ParseFailure) {
        guard hasEnded else { throw .malformed("The gzip stream is cut off.") }
    }

    private func checkSize() throws(ParseFailure) {
        guard decodedCount <= limits.decodedMax else {
            throw ParseFailure(.payloadTooLarge, "The decoded body is longer than \(limits.decodedMax) octets.")
        }
        let (allowed, isHuge) = codedCount.multipliedReportingOverflow(by: limits.ratioMax)
        guard decodedCount <= limits.freeCount || isHuge || decodedCount <= allowed else {
            throw ParseFailure(.payloadTooLarge, "The body is coded more than \(limits.ratioMax) times shorter.")
        }
    }

    private static var outOfMemory: ParseFailure {
        ParseFailure(.overloaded, "There is no memory to decode the body.")
    }
}
