// SPDX-License-Identifier: Apache-2.0
import COpenSSL

/// One-time codes of a shared secret and the time (RFC 6238 over RFC 4226): SHA-1, six digits, thirty seconds, as every
/// authenticator application knows them. What SHA-1 is weak in does not matter to a keyed code (RFC 6194 §3.3).
public enum OneTimeCode {
    /// Octets of a secret: as many as the hash has (RFC 4226 §4).
    public static let secretByteCount = 20
    /// Digits of a code.
    public static let digitCount = 6
    /// Seconds that a code is shown.
    public static let stepSeconds: Int64 = 30

    /// The step of a moment in seconds since 1970.
    public static func step(at seconds: Int64) -> Int64 { seconds / stepSeconds }

    /// The code of a step.
    public static func code(secret: [UInt8], step: Int64) -> String {
        let message = stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: step >> Int64($0)) }
        var output = [UInt8](repeating: 0, count: 20)
        var count = 0
        OpenSSL.require(
            EVP_Q_mac(
                nil, "HMAC", nil, "SHA1", nil, secret, secret.count, message, message.count, &output, output.count,
                &count) != nil && count == output.count)
        let offset = Int(output[19] & 0x0F)
        let number = (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(output[offset + $1]) } & 0x7FFF_FFFF
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: digitCount - digits.utf8.count) + digits
    }

    /// The step whose code this is: the present one, or one to each side, for clocks that differ and people who type slowly.
    ///
    /// - Returns: nil for a wrong code. All steps are compared, each in constant time.
    public static func step(of code: String, secret: [UInt8], at seconds: Int64) -> Int64? {
        let now = step(at: seconds)
        var found: Int64?
        for step in [now - 1, now, now + 1] where step >= 0 {
            if ConstantTime.equal(Array(Self.code(secret: secret, step: step).utf8), Array(code.utf8)) { found = step }
        }
        return found
    }

    /// A secret as people and QR codes carry it: base 32 without padding (RFC 4648 §6).
    public static func text(of secret: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var output: [UInt8] = []
        var pending: UInt32 = 0
        var bits = 0
        for byte in secret {
            pending = pending << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                output.append(alphabet[Int(pending >> UInt32(bits)) & 31])
            }
        }
        if bits > 0 { output.append(alphabet[Int(pending << UInt32(5 - bits)) & 31]) }
        return String(decoding: output, as: UTF8.self)
    }
}
