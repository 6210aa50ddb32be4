// SPDX-License-Identifier: Apache-2.0
import Foundation

extension AppConfiguration {
    /// `CORS_ORIGINS`: each as a browser sends it in `Origin`, once.
    static func readOrigins(_ reader: inout ConfigurationReader) -> [String] {
        reader.value("CORS_ORIGINS", default: [], display: "(none)") {
            text throws(ConfigurationSyntaxError) -> [String] in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
            // Compared one by one with that of a request; a shop has a handful of front ends.
            guard (1...64).contains(parts.count) else { throw .init("must be one to 64 origins") }
            var origins: [String] = []
            for part in parts {
                let origin = try origin(part)
                if !origins.contains(origin) { origins.append(origin) }
            }
            return origins
        }
    }

    /// Scheme and host in lower case, the port where it is not the scheme's own.
    private static func origin(_ text: String) throws(ConfigurationSyntaxError) -> String {
        if text.contains("*") {
            throw .init("must list origins one by one: * would let every page on the web read answers")
        }
        if text.lowercased() == "null" {
            throw .init("must not hold null: sandboxed frames and files of anybody send it")
        }
        let form = /(https?):\/\/([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:([0-9]{1,5}))?/
        guard let match = text.lowercased().wholeMatch(of: form) else {
            throw .init(
                "must be a comma list of origins such as https://shop.example, without a path or slash at the end")
        }
        let (scheme, host) = (String(match.output.1), String(match.output.2))
        if host.hasPrefix("["), !isAddress(String(host.dropFirst().dropLast())) {
            throw .init("must hold valid addresses")
        }
        guard let digits = match.output.5 else { return scheme + "://" + host }
        guard let port = Int(digits), (1...65_535).contains(port) else {
            throw .init("must hold ports from 1 to 65535")
        }
        return port == (scheme == "https" ? 443 : 80) ? scheme + "://" + host : "\(scheme)://\(host):\(port)"
    }

    /// `HSTS_MAX_AGE`: 0 tells browsers to forget it; two years is what preload lists ask for.
    static func readHSTSMaxAge(_ reader: inout ConfigurationReader) -> Int? {
        reader.value("HSTS_MAX_AGE", default: nil, display: "(not sent)") {
            text throws(ConfigurationSyntaxError) -> Int? in
            guard let seconds = Int(text), (0...63_072_000).contains(seconds), text.first != "+" else {
                throw .init("must be a whole number of seconds from 0 to 63072000")
            }
            return seconds
        }
    }
}
