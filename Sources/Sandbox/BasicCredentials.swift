// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCrypto

/// The one `Authorization` that is right, compared as a whole: scheme and all, spelled exactly so.
struct BasicCredentials: Sendable {
    private let value: [UInt8]

    init(keyID: String, keySecret: String) {
        // The standard alphabet differs in two characters, and is padded.
        var text = Base64URL.encode(Array("\(keyID):\(keySecret)".utf8)).utf8.map { octet in
            switch octet {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: octet
            }
        }
        while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        value = Array("Basic ".utf8) + text
    }

    /// Whether the request has it, once.
    func match(_ request: RequestContext) -> Bool {
        guard request.headers("Authorization").count == 1, let sent = request.headerBytes("Authorization") else {
            return false
        }
        return ConstantTime.equal(Array(sent), value)
    }
}
