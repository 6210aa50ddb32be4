// SPDX-License-Identifier: Apache-2.0

/// A body that is not simply gathered, from its first octet to what the handler gets: takes the coding off, takes the parts
/// apart, and says when the connection has to wait.
///
/// There is none for a plain body in memory, nor for a request without one.
///
/// - Isolation: on the connection's loop.
final class BodyIntake {
    /// Decoded octets worked through before others have their turn.
    static let turnMax = 256 * 1024

    /// Why no more octets are taken for now.
    enum Pause {
        /// These steps of writing come first.
        case disk([SpoolWork])
        /// Others come first.
        case turn
    }

    private var decoder: GzipDecoder?
    private let slot: DecoderSlots.Slot?
    // One of the three takes the octets.
    private var bytes: [UInt8] = []
    private var spool: SpoolBuffer?
    private var multipart: MultipartCollector?
    private var work: [SpoolWork] = []
    /// Coded octets that came before a pause.
    private var held: [UInt8] = []
    private var turnCount = 0
    /// Whether a coding is taken off.
    var isCoded: Bool { slot != nil }
    private var hasEnded = false
    private var spooled: SpoolBuffer.Ended?
    /// Whether the connection waits; its own flag.
    var isPaused = false
    /// Loop time at the last pause.
    var pausedAt: UInt64 = 0
    /// Whether everything has come and been taken; the handler may have it once nothing is to be written.
    private(set) var isComplete = false

    private init(
        _ spool: SpoolBuffer?, _ multipart: MultipartCollector?, _ decoder: consuming GzipDecoder?,
        _ slot: DecoderSlots.Slot?
    ) {
        self.spool = spool
        self.multipart = multipart
        self.decoder = decoder
        self.slot = slot
    }

    /// What a route reads of a request with a body; nil where it is simply gathered.
    ///
    /// - Throws: `Problem` 415 for a coding or a media type that is not read, 400 for a malformed one, 503 when too many
    ///   bodies are being decoded.
    static func make(
        _ head: RequestHead, _ route: Route, _ directory: SpoolDirectory, _ slots: DecoderSlots
    ) throws(Problem) -> BodyIntake? {
        let isCoded = try ContentCoding.isGzip(head)
        var spool: SpoolBuffer?
        var multipart: MultipartCollector?
        switch route.reads {
        case .whole: if !isCoded { return nil }
        case .form:
            try BodyMedia.requireForm(head)
            if !isCoded { return nil }
        case .spooled(let memoryMax): spool = SpoolBuffer(directory, memoryMax: memoryMax)
        case .multipart(let limits):
            let boundary = try BodyMedia.boundary(head)
            multipart = MultipartCollector(boundary: boundary, limits: limits, directory: directory)
        }
        guard isCoded else { return BodyIntake(spool, multipart, nil, nil) }
        guard let slot = slots.take() else {
            throw Problem(
                .overloaded, detail: "Too many bodies are being decoded.", headers: [.retryAfter(seconds: 1)])
        }
        do throws(ParseFailure) {
            let decoder = try GzipDecoder(limits: GzipLimits(decodedMax: route.bodyMax))
            return BodyIntake(spool, multipart, decoder, slot)
        } catch {
            throw error.contentProblem
        }
    }

    // MARK: Input

    /// Octets without their transfer coding.
    func take(_ part: UnsafeBufferPointer<UInt8>) throws(ParseFailure) {
        guard decoder != nil else { return try keep(part) }
        var consumed = 0
        try decode(part, &consumed)
        if consumed < part.count { held.append(contentsOf: part[consumed...]) }
    }

    /// The body has come to its end.
    func end() throws(ParseFailure) {
        hasEnded = true
        try completeWhenTaken()
    }

    /// Goes on after a pause.
    func goOn() throws(ParseFailure) {
        turnCount = 0
        if decoder != nil {
            let input = held
            held = []
            var consumed = 0
            try input.withUnsafeBufferPointer { (input) throws(ParseFailure) in try decode(input, &consumed) }
            if consumed < input.count { held = Array(input[consumed...]) }
        }
        try completeWhenTaken()
    }

    /// What must be waited for before anything else is called; nil when nothing. Asked after each call.
    func pause() -> Pause? {
        if !work.isEmpty {
            let steps = work
            work = []
            return .disk(steps)
        }
        return turnCount >= Self.turnMax ? .turn : nil
    }

    /// Until the input is used up or a pause is due.
    private func decode(_ input: UnsafeBufferPointer<UInt8>, _ consumed: inout Int) throws(ParseFailure) {
        while work.isEmpty, turnCount < Self.turnMax {
            guard let block = try decoder?.next(input, &consumed) else { return }
            turnCount += block.count
            try keep(block)
        }
    }

    private func keep(_ octets: UnsafeBufferPointer<UInt8>) throws(ParseFailure) {
        if multipart != nil {
            try multipart?.feed(octets, &work)
        } else if spool != nil {
            spool?.append(octets, &work)
        } else {
            bytes.append(contentsOf: octets)
        }
    }

    // MARK: The whole

    private func completeWhenTaken() throws(ParseFailure) {
        // A full turn may have left decoded octets in the decoder.
        guard hasEnded, !isComplete, work.isEmpty, held.isEmpty, turnCount < Self.turnMax else { return }
        try decoder?.finish()
        decoder = nil
        try multipart?.finish()
        spooled = spool?.end(&work)
        isComplete = true
    }

    /// What has come, once nothing is to be written.
    func content() -> Content {
        switch spooled {
        case .bytes(let bytes): Content(bytes: bytes)
        case .file(let content): Content(file: content.file())
        case nil: Content(bytes: bytes, parts: multipart?.parts())
        }
    }

    /// A whole body as the handler gets it.
    struct Content {
        var bytes: [UInt8] = []
        var parts: [FormPart]?
        var file: SpooledFile?
    }
}
