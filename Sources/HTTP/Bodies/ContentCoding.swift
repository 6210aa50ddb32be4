// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The codings of request bodies (RFC 9110 §8.4).
enum ContentCoding {
    /// Whether the body is coded with gzip, the one coding that is read here.
    ///
    /// - Throws: `Problem` 415 with Accept-Encoding for any other, and for more than one.
    static func isGzip(_ head: RequestHead) throws(Problem) -> Bool {
        var codings: [[UInt8]] = []
        for field in head.fields where head.isNamed(field, "content-encoding") {
            for element in head.bytes[field.value].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            {
                codings.append(element.filter { !FieldLine.isSpace($0) }.map(\.lowered))
            }
        }
        if codings.isEmpty { return false }
        if codings.count == 1 {
            switch String(decoding: codings[0], as: UTF8.self) {
            // The old name of the same (RFC 9110 §8.4.1.3).
            case "gzip", "x-gzip": return true
            case "identity": return false
            default: break
            }
        }
        throw Problem(
            .unsupportedMediaType, detail: "A body may be coded with gzip, once.",
            headers: [HTTPHeader("Accept-Encoding", "gzip, identity")])
    }

    /// Octets of a coded body beyond `bodyMax` that may come: what does not shrink grows by five octets in 16 KiB and by the
    /// wrapper.
    static func codedMax(_ bodyMax: Int) -> Int { bodyMax + bodyMax / 1024 + 1024 }
}

/// Bounds the bodies of one loop that are being decoded at once.
final class DecoderSlots: Sendable {
    /// A decoder takes about 56 KiB: 14 MiB together.
    static let countMax = 256
    private let used = Atomic(0)

    /// Held while a body is decoded.
    final class Slot: Sendable {
        private let slots: DecoderSlots
        init(_ slots: DecoderSlots) { self.slots = slots }
        deinit { slots.used.subtract(1, ordering: .relaxed) }
    }

    func take() -> Slot? {
        guard used.add(1, ordering: .relaxed).newValue <= Self.countMax else {
            used.subtract(1, ordering: .relaxed)
            return nil
        }
        return Slot(self)
    }
}
