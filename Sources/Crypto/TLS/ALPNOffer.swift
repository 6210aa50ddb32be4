// SPDX-License-Identifier: Apache-2.0

/// The protocols that a client offers (RFC 7301): names, each behind its length.
enum ALPNOffer {
    /// The one that we speak.
    static let http11 = Array("http/1.1".utf8)

    /// Where its name begins; nil when it is not offered.
    static func indexOfHTTP11(in list: UnsafeBufferPointer<UInt8>) -> Int? {
        var index = 0
        while index < list.count {
            let start = index + 1
            let end = start + Int(list[index])
            guard end <= list.count else { return nil }
            if list[start..<end].elementsEqual(http11) { return start }
            index = end
        }
        return nil
    }
}
