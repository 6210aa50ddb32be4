// SPDX-License-Identifier: Apache-2.0

/// A record while its octets arrive.
struct RecordDraft: Sendable {
    private let limits: TableLimits
    private var start: TablePosition
    /// The fields so far, without their quotes.
    private var bytes: [UInt8] = []
    /// Where each complete field ends.
    private var ends: [Int] = []
    private var fault: TableFault?
    /// Octets so far, as they came.
    var length = 0 {
        didSet { if length > limits.recordMax { note(.recordTooLong) } }
    }

    init(start: TablePosition, limits: TableLimits) {
        self.start = start
        self.limits = limits
    }

    /// Octets that are held.
    var heldByteCount: Int { bytes.capacity + ends.capacity * MemoryLayout<Int>.size }

    /// Whether it is one field with nothing in it.
    var isEmpty: Bool { bytes.isEmpty && ends.count == 1 && fault == nil }

    /// The first fault is the one that is told; nothing is kept of the record from then on.
    mutating func note(_ fault: TableFault) {
        guard self.fault == nil else { return }
        self.fault = fault
        bytes.removeAll(keepingCapacity: true)
    }

    mutating func append(_ octet: UInt8) {
        if fault == nil { bytes.append(octet) }
    }

    mutating func endField() {
        guard fault == nil else { return }
        if ends.count < limits.fieldCountMax { ends.append(bytes.count) } else { note(.tooManyFields) }
    }

    /// Ends the record with so many lines, and begins the next one.
    mutating func end(after lines: Int) -> TableRecord<[String]> {
        let end = TablePosition(offset: start.offset + length, line: start.line + lines)
        let record = TableRecord(line: start.line, content: fields(), end: end)
        start = end
        fault = nil
        length = 0
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        return record
    }

    private func fields() -> Result<[String], TableFault> {
        if let fault { return .failure(fault) }
        var fields: [String] = []
        fields.reserveCapacity(ends.count)
        var from = 0
        for end in ends {
            guard let field = String(validating: bytes[from..<end], as: UTF8.self) else { return .failure(.notUTF8) }
            fields.append(field)
            from = end
        }
        return .success(fields)
    }
}
