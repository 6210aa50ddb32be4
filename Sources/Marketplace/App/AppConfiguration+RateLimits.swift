// SPDX-License-Identifier: Apache-2.0
import Foundation
import MarketHTTP

extension AppConfiguration {
    /// Far more than eight lines with their comments.
    private static let policyFileByteCountMax = 64 * 1024

    /// `default`, `off` or a policy file, which is read and checked here: nothing of it is looked at later.
    static func readRateLimits(_ reader: inout ConfigurationReader, mode: Mode, base: String) -> RateLimits {
        let text = reader.value("RATE_LIMITS", default: "default", display: "default") { $0 }
        switch text {
        case "default": return .standard
        case "off":
            if mode == .production { reader.problem("RATE_LIMITS", "must not be off when MVE_ENV is production") }
            return .off
        default: return readPolicyFile(absolute(text, base: base), &reader)
        }
    }

    private static func readPolicyFile(_ path: String, _ reader: inout ConfigurationReader) -> RateLimits {
        guard isReadableFile(path), let bytes = FileManager.default.contents(atPath: path) else {
            reader.problem("RATE_LIMITS", "must be default, off or a readable policy file; \(path) is not one")
            return .standard
        }
        guard bytes.count <= policyFileByteCountMax, let text = String(bytes: bytes, encoding: .utf8) else {
            reader.problem("RATE_LIMITS", "\(path) must be UTF-8 text of at most \(policyFileByteCountMax) octets")
            return .standard
        }
        do throws(RateLimitBudgets.Mistakes) {
            return .file(path, try RateLimitBudgets(parsing: text))
        } catch {
            for mistake in error.list {
                reader.problem("RATE_LIMITS", "\(path) line \(mistake.line): \(mistake.message)")
            }
            return .standard
        }
    }
}
