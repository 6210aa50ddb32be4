// SPDX-License-Identifier: Apache-2.0
import Foundation
public import MarketCrypto

/// The key that everything we sign derives from: access tokens, cursors, cart tokens.
///
/// - Shape: at least 32 bytes (256 bits), written as hexadecimal or base64. `openssl rand -hex 32` makes one.
public struct SecretKeySource: Sendable {
    enum Origin: Sendable {
        case given([UInt8])
        /// Made on first use and kept, so that a restart does not log everybody out.
        case file(String)
    }

    let origin: Origin

    /// The key; in development the first call makes the file.
    ///
    /// - Throws: `ConfigurationError` when the file cannot be made or read, is open to others, or holds no key.
    public func load() throws -> SecretKey {
        guard let key = SecretKey(try bytes()) else { throw Self.problem("is too short") }
        return key
    }

    func bytes() throws -> [UInt8] {
        switch origin {
        case .given(let bytes): return bytes
        case .file(let path): return try Self.loadOrMake(path)
        }
    }

    /// Reads a key as it is written in the configuration.
    static func parse(_ text: String) throws(ConfigurationSyntaxError) -> [UInt8] {
        guard let bytes = decoded(text), bytes.count >= SecretKey.byteCountMin else {
            throw .init("must be at least 32 random bytes in hexadecimal or base64 (openssl rand -hex 32)")
        }
        // 32 random bytes have fewer than 16 different values once in 10^15 keys; a typed pattern nearly always does.
        guard Set(bytes).count >= 16 else {
            throw .init("must be random, which this value is not (openssl rand -hex 32)")
        }
        return bytes
    }

    private static func decoded(_ text: String) -> [UInt8]? {
        if let bytes = Hex.decode(text) { return bytes }
        var standard = text.replacing("-", with: "+").replacing("_", with: "/")
        while standard.last == "=" { standard.removeLast() }
        standard += String(repeating: "=", count: (4 - standard.count % 4) % 4)
        return Data(base64Encoded: standard).map(Array.init)
    }

    private static func loadOrMake(_ path: String) throws -> [UInt8] {
        if access(path, F_OK) != 0 { try make(path) }
        var info = stat()
        guard stat(path, &info) == 0, let data = FileManager.default.contents(atPath: path),
            let text = String(data: data, encoding: .utf8)
        else { throw problem("cannot read \(path)") }
        guard info.st_mode & 0o077 == 0 else {
            throw problem("\(path) is open to other accounts (chmod 600 it, or remove it to have a new one made)")
        }
        do {
            return try parse(text.trimmingCharacters(in: .whitespacesAndNewlines))
        } catch {
            throw problem("\(path) \(error.expectation)")
        }
    }

    private static func make(_ path: String) throws {
        var generator = SystemRandomNumberGenerator()
        let key = (0..<SecretKey.byteCountMin).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let text = Array(Hex.encode(key).utf8)
        let draft = "\(path).\(getpid())"
        do {
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        } catch {
            throw problem("cannot make the directory of \(path): \(error.localizedDescription)")
        }
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw problem("cannot create \(draft): \(String(cString: strerror(errno)))") }
        let isWritten = write(descriptor, text, text.count) == text.count && fsync(descriptor) == 0
        close(descriptor)
        // `link` refuses an existing name: of two processes that start together, one makes the key and both read it.
        let isLinked = isWritten && (link(draft, path) == 0 || errno == EEXIST)
        unlink(draft)
        guard isLinked else { throw problem("cannot write \(path): \(String(cString: strerror(errno)))") }
    }

    private static func problem(_ message: String) -> ConfigurationError {
        ConfigurationError(problems: [.init(key: "SECRET_KEY", message: message)])
    }
}
