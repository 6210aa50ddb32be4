// SPDX-License-Identifier: Apache-2.0

/// Gathers the parts of a multipart body: fields and short files in memory, the others on the disk.
struct MultipartCollector {
    private var parser: MultipartParser
    private let limits: MultipartLimits
    private let directory: SpoolDirectory
    private var head: MultipartHead?
    private var current: SpoolBuffer
    private var ended: [(MultipartHead, SpoolBuffer.Ended)] = []

    init(boundary: MultipartBoundary, limits: MultipartLimits, directory: SpoolDirectory) {
        parser = MultipartParser(boundary: boundary, limits: limits)
        self.limits = limits
        self.directory = directory
        current = SpoolBuffer(directory, memoryMax: 0)
    }

    /// A whole body in memory.
    static func parts(
        of body: [UInt8], boundary: MultipartBoundary, limits: MultipartLimits = MultipartLimits()
    ) throws(ParseFailure) -> [FormPart] {
        var limits = limits
        // What is in memory already stays there.
        limits.fileInMemoryMax = Int.max
        var collector = MultipartCollector(
            boundary: boundary, limits: limits, directory: SpoolDirectory(path: "", bytesMax: 0))
        var work: [SpoolWork] = []
        try body.withUnsafeBufferPointer { (body) throws(ParseFailure) in try collector.feed(body, &work) }
        try collector.finish()
        return collector.parts()
    }

    mutating func feed(
        _ input: UnsafeBufferPointer<UInt8>, _ work: inout [SpoolWork]
    ) throws(ParseFailure) {
        // The parser is moved out while it calls back.
        var parser = parser
        try parser.feed(input) { (event) throws(ParseFailure) in
            switch event {
            case .part(let head):
                self.head = head
                // The parser bounds what stays in memory of fields.
                let memoryMax = head.fileName == nil ? limits.fieldMax : limits.fileInMemoryMax
                current = SpoolBuffer(directory, memoryMax: memoryMax)
            case .data(let octets): current.append(octets, &work)
            case .partEnd:
                if let head { ended.append((head, current.end(&work))) }
                head = nil
            }
        }
        self.parser = parser
    }

    func finish() throws(ParseFailure) { try parser.finish() }

    /// The parts in sent order, once all work is done.
    func parts() -> [FormPart] {
        ended.compactMap { head, content in
            switch content {
            case .bytes(let bytes): FormPart(head, bytes)
            case .file(let content): content.file().map { FormPart(head, $0) }
            }
        }
    }
}
