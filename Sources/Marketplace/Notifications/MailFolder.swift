// SPDX-License-Identifier: Apache-2.0
import Foundation
import MarketCore
import MarketCrypto

/// Mails as files in a directory, for development: one `.eml` each, written whole or not at all.
public struct MailFolder: Sendable {
    let path: String

    /// Names a directory, which need not be there yet.
    public init(_ path: String) {
        self.path = path
    }

    /// A step that the system refused.
    struct Failure: Error, CustomStringConvertible {
        let step: String
        let code: Int32
        var description: String { "\(step): \(String(cString: strerror(code)))" }
    }

    /// Writes a mail; a second writing of the same one replaces the first. Blocks: call it off the loop.
    func write(_ message: MailMessage) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let name = SHA256.hash(message.id).hex.prefix(24)
        let draft = "\(path)/.\(name).\(getpid())"
        let bytes = message.bytes
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(step: "create", code: errno) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else {
                let code = errno
                unlink(draft)
                throw Failure(step: "write", code: code)
            }
            rest = rest.dropFirst(count)
        }
        // Not synced: a developer's mails need not outlive the machine's power, and a sync cost more than all else about a mail.
        guard rename(draft, "\(path)/\(name).eml") == 0 else {
            let code = errno
            unlink(draft)
            throw Failure(step: "rename", code: code)
        }
    }

    /// The files, oldest first; none where there is no directory.
    public func files() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".eml") }.map { (name: $0, written: written($0)) }
            .sorted { ($0.written, $0.name) < ($1.written, $1.name) }.map(\.name)
    }

    private func written(_ name: String) -> Date {
        let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
        return attributes?[.modificationDate] as? Date ?? .distantPast
    }

    /// A mail as its file holds it; nil when there is none of this name.
    public func read(_ name: String) -> String? {
        guard !name.contains("/"), let data = FileManager.default.contents(atPath: "\(path)/\(name)") else {
            return nil
        }
        return String(decoding: data, as: UTF8.self)
    }
}
