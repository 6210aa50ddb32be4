// SPDX-License-Identifier: Apache-2.0

import MarketCrypto

/// One step of writing a body to the disk, done by a worker thread.
struct SpoolWork: Sendable {
    let content: SpoolContent
    let bytes: [UInt8]
    let isLast: Bool

    /// In order. Blocks.
    static func perform(_ steps: [SpoolWork]) throws(SpoolError) {
        for step in steps { try step.content.append(step.bytes, isLast: step.isLast) }
    }
}

/// A content while it arrives: in memory as long as it is short, on the disk beyond.
struct SpoolBuffer {
    /// Octets gathered for one write.
    static let writeSize = 64 * 1024

    private let directory: SpoolDirectory
    private let memoryMax: Int
    private var bytes: [UInt8] = []
    private var content: SpoolContent?

    init(_ directory: SpoolDirectory, memoryMax: Int) {
        self.directory = directory
        self.memoryMax = memoryMax
    }

    /// Adds octets; what is to be written is appended to `work`.
    mutating func append(_ octets: UnsafeBufferPointer<UInt8>, _ work: inout [SpoolWork]) {
        bytes.append(contentsOf: octets)
        if content == nil, bytes.count > memoryMax { content = SpoolContent(directory) }
        if let content, bytes.count >= Self.writeSize {
            work.append(SpoolWork(content: content, bytes: bytes, isLast: false))
            bytes = []
        }
    }

    /// The whole, once the last of `work` is done.
    mutating func end(_ work: inout [SpoolWork]) -> Ended {
        guard let content else { return .bytes(bytes) }
        work.append(SpoolWork(content: content, bytes: bytes, isLast: true))
        bytes = []
        return .file(content)
    }

    /// A complete content.
    enum Ended {
        case bytes([UInt8])
        case file(SpoolContent)
    }
}
