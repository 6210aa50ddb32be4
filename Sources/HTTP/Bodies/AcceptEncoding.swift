// SPDX-License-Identifier: Apache-2.0

/// What a client says of codings (RFC 9110 §12.5.3).
enum AcceptEncoding {
    /// Whether an answer in gzip is at least as welcome as a plain one. A client that says nothing, or nothing that can be
    /// read, gets a plain one.
    static func prefersGzip(_ head: RequestHead) -> Bool {
        var weights = Weights()
        var isSaid = false
        for field in head.fields where head.isNamed(field, "accept-encoding") {
            isSaid = true
            for element in QualityValue.elements(head.bytes[field.value]) {
                guard weights.take(element) else { return false }
            }
        }
        return isSaid && weights.prefersGzip
    }

    private struct Weights {
        /// In thousandths; nil where the coding is not named.
        var gzip: Int?
        var identity: Int?
        var others: Int?

        var prefersGzip: Bool {
            let gzip = gzip ?? others ?? 0
            // A plain answer that nobody asked for by name is always in order, and never better.
            return gzip > 0 && gzip >= identity ?? 0
        }

        /// False for what is no coding with its weight.
        mutating func take(_ element: ArraySlice<UInt8>) -> Bool {
            guard let (coding, weight) = QualityValue.weighted(element) else { return false }
            switch String(decoding: coding.map(\.lowered), as: UTF8.self) {
            case "gzip", "x-gzip": gzip = gzip ?? weight
            case "identity": identity = identity ?? weight
            case "*": others = others ?? weight
            default: break
            }
            return true
        }
    }
}
