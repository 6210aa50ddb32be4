// SPDX-License-Identifier: Apache-2.0
import Foundation
import LocalServices

/// Where the services of the measured server are: the option, or the environment, or the private ones below `MVE_DATA_DIR`
/// (`var` unless set); nil when there are none.
enum ServiceAddress {
    /// - Throws: `BenchError.usage` when the data directory cannot be used.
    static func database(_ option: String?, environment: [String: String]) throws -> String? {
        try option ?? find("DATABASE_URL", environment) { LocalPostgres.url(database: LocalPostgres.name, in: $0) }
    }

    /// - Throws: `BenchError.usage` when the data directory cannot be used.
    static func redis(_ option: String?, environment: [String: String]) throws -> String? {
        try option ?? find("REDIS_URL", environment) { LocalRedis.socketPath(in: $0) }
    }

    /// What the server accepts webhooks with: the first of its active secrets.
    static func webhookSecret(_ option: String?, environment: [String: String]) -> String? {
        if let option { return option }
        let list = environment["RAZORPAY_WEBHOOK_SECRETS"] ?? environment["RAZORPAY_WEBHOOK_SECRET"]
        return list?.split(separator: ",").first.map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private static func find(
        _ key: String, _ environment: [String: String], private address: (ServiceDirectory) -> String
    ) throws -> String? {
        if let url = environment[key], !url.isEmpty { return url }
        let path = URL(fileURLWithPath: environment["MVE_DATA_DIR"] ?? "var").standardizedFileURL.path
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            return address(try ServiceDirectory.prepare(below: path))
        } catch {
            throw BenchError.usage("\(error)")
        }
    }
}
