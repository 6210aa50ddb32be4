// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Reads a file of at most 64 KiB; nil when it is absent, unreadable or larger.
func readSmallFile(_ path: String) -> String? {
    let limit = 64 * 1024
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: limit + 1)
    var used = 0
    while used <= limit {
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + used, limit + 1 - used) }
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { return nil }
        if count == 0 { return String(decoding: bytes[..<used], as: UTF8.self) }
        used += count
    }
    return nil
}

/// Replaces a file as a whole: readers see the old text or the new one, also after a power cut.
///
/// - Throws: `.directoryUnusable` with the failing call's reason.
func replaceFile(
    _ path: String, with text: String, mode: mode_t, owner: ServiceUser, service: String
) throws(LocalServiceError) {
    let temporary = path + ".new"
    func fail(_ what: String) -> LocalServiceError {
        let reason = String(cString: strerror(errno))
        unlink(temporary)
        return LocalServiceError(.directoryUnusable, service: service, message: "cannot \(what) \(path): \(reason)")
    }
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    guard descriptor >= 0 else { throw fail("create") }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, bytes.count - done) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw fail("write") }
        done += count
    }
    if owner.isOther, fchown(descriptor, owner.userID, owner.groupID) != 0 { throw fail("hand over") }
    guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw fail("replace") }
}

/// Text without white space at either end.
func trimmed(_ text: String) -> String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "\r" }
    let tail = text.drop(while: isSpace)
    guard let last = tail.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(tail[...last])
}

/// A short stable name for a path (FNV-1a, 64 bits, hexadecimal): not a secret, only a way to keep names apart.
func stableHash(_ text: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
