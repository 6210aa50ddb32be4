// SPDX-License-Identifier: Apache-2.0
import Foundation

extension AppConfiguration {
    /// A libpq URI with a database, or libpq's `key=value` form.
    static func checkDatabaseURL(_ text: String) throws(ConfigurationSyntaxError) {
        let isURI = text.hasPrefix("postgresql://") || text.hasPrefix("postgres://")
        guard isURI || text.wholeMatch(of: /\s*[a-z_]+\s*=.*/) != nil, !text.contains("\0") else {
            throw .init("must be a libpq URI such as postgresql://user:password@host:5432/database")
        }
    }

    /// A comma list of libpq URIs; a URI may itself hold commas, between hosts.
    static func checkReplicaURLs(_ text: String) throws(ConfigurationSyntaxError) -> [String] {
        let parts = text.split(
            separator: /\s*,\s*(?=postgres(?:ql)?:\/\/)/, omittingEmptySubsequences: false
        ).map(String.init)
        // A handful of replicas is a large installation.
        guard parts.count <= 16 else { throw .init("must be at most 16 addresses") }
        for part in parts {
            let isURI = part.hasPrefix("postgresql://") || part.hasPrefix("postgres://")
            guard isURI, part.last != ",", !part.contains("\0") else {
                throw .init("must be a comma list of libpq URIs such as postgresql://user:password@host:5432/database")
            }
        }
        return parts
    }

    /// `redis://host[:port][/db]`, or an absolute path.
    static func checkRedisURL(_ text: String) throws(ConfigurationSyntaxError) {
        if text.hasPrefix("/") {
            // The kernel's bound for a socket's path.
            guard text.utf8.count <= 107 else { throw .init("must be a socket's path of at most 107 bytes") }
            return
        }
        guard let url = URLComponents(string: text), url.scheme == "redis", let host = url.host, !host.isEmpty,
            url.port.map({ (1...65_535).contains($0) }) ?? true, url.path.wholeMatch(of: /(\/[0-9]{0,2})?/) != nil
        else { throw .init("must be redis://host:port/database or the absolute path of a socket") }
    }

    static func checkWebURL(_ text: String) throws(ConfigurationSyntaxError) {
        guard let url = URLComponents(string: text), url.scheme == "https" || url.scheme == "http",
            let host = url.host, !host.isEmpty, url.query == nil, url.fragment == nil, !text.hasSuffix("/")
        else { throw .init("must be an http or https address without a slash at the end") }
    }

    /// Long enough to be random, and not a placeholder somebody forgot.
    ///
    /// - Parameter shortest: characters that it must have.
    static func checkSecret(_ text: String, shortest: Int = 16) throws(ConfigurationSyntaxError) {
        guard (shortest...256).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .init("must be \(shortest) to 256 printable ASCII characters without spaces")
        }
        let lowered = text.lowercased()
        for word in ["change", "example", "placeholder", "secret-here"] where lowered.contains(word) {
            throw .init("must be replaced: it is a placeholder")
        }
    }

    static func isAddress(_ text: String) -> Bool {
        var four = in_addr()
        var six = in6_addr()
        return inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1
    }

    static func isReadableFile(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory.boolValue
            && FileManager.default.isReadableFile(atPath: path)
    }

    /// An absolute path without `.`, `..` and a slash at the end.
    static func absolute(_ path: String, base: String) -> String {
        let full = path.hasPrefix("/") ? path : base + "/" + path
        return URL(fileURLWithPath: full).standardizedFileURL.path
    }

    static func trimmed(_ text: Substring) -> String {
        text.trimmingCharacters(in: .whitespaces)
    }
}
