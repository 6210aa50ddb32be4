// SPDX-License-Identifier: Apache-2.0
import Tabular

/// Tables that sellers send.
extension FuzzTarget {
    /// The same records wherever the octets are cut, from wherever another reader stood, and bounded; what is read is written so
    /// that it reads the same again.
    static func tables(_ input: UnsafeBufferPointer<UInt8>) {
        let octets = Array(input)
        let whole = records(octets, cuts: [])
        for cuts in cuts(input) {
            let cut = records(octets, cuts: cuts)
            require(cut == whole, "the cuts \(cuts) change the table: \(cut) instead of \(whole)")
        }
        if let first = whole.first {
            let rest = records(octets, from: first.end)
            require(rest == Array(whole.dropFirst()), "reading on changes the table: \(rest) instead of \(whole)")
        }
        var writer = CSVWriter()
        let good = whole.compactMap { try? $0.content.get() }
        for record in good {
            for field in record { writer.text(field) }
            writer.endRecord()
        }
        var limits = tableLimits
        // Quotes and apostrophes come on top.
        limits.recordMax *= 4
        let again = records(writer.bytes, limits: limits).map { try? $0.content.get().map(CSVFormula.restored) }
        require(again == good, "what was written reads otherwise: \(again) instead of \(good)")
    }

    private static var tableLimits: TableLimits {
        var limits = TableLimits()
        limits.recordMax = 256
        limits.fieldCountMax = 8
        return limits
    }

    private static func records(
        _ octets: [UInt8], from position: TablePosition = .start, cuts: [Int] = [], limits: TableLimits = tableLimits
    ) -> [TableRecord<[String]>] {
        var reader = CSVReader(at: position, limits: limits)
        var records: [TableRecord<[String]>] = []
        var start = position.offset
        for end in cuts + [octets.count] {
            var rest = octets[start..<end]
            while let record = reader.next(&rest) { records.append(record) }
            require(
                reader.heldByteCount <= 2 * limits.recordMax + 128 + 2 * limits.fieldCountMax * MemoryLayout<Int>.size,
                "\(reader.heldByteCount) octets are held")
            start = end
        }
        if let last = reader.finish() { records.append(last) }
        return records
    }
}
