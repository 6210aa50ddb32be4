// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The payment provider's emulator as a child process, for development and tests.
public struct LocalSandbox: Sendable {
    /// What the emulator and its client share; made anew for each start, so nothing here is ever a default to forget.
    public struct Credentials: Sendable {
        /// `rzp_test_` and 14 letters or digits.
        public let keyID: String
        /// Signs what the checkout returns, and is the password of the REST calls.
        public let keySecret: String
        /// Signs the webhooks.
        public let webhookSecret: String

        /// Takes them as given.
        public init(keyID: String, keySecret: String, webhookSecret: String) {
            self.keyID = keyID
            self.keySecret = keySecret
            self.webhookSecret = webhookSecret
        }

        /// Random ones, from the kernel's generator.
        public static func random() -> Credentials {
            Credentials(keyID: "rzp_test_" + text(14), keySecret: text(24), webhookSecret: text(32))
        }

        private static func text(_ count: Int) -> String {
            let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
            var generator = SystemRandomNumberGenerator()
            return String((0..<count).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] })
        }
    }

    /// The address, as `http://127.0.0.1:PORT`.
    public let url: String
    /// What its client must use.
    public let credentials: Credentials
    let process: ServiceProcess

    /// Starts the emulator.
    ///
    /// - Parameters:
    ///   - executable: absolute path; `besideUs()` finds it in a build directory or an installation.
    ///   - port: 0 lets it pick a free one.
    ///   - webhookURL: where it delivers its webhooks.
    /// - Throws: `.programMissing`, `.startFailed`.
    @concurrent
    public static func start(
        executable: String? = besideUs(), port: Int = 0, webhookURL: String, credentials: Credentials = .random(),
        logFile: String? = nil
    ) async throws(LocalServiceError) -> LocalSandbox {
        let service = "razorpay-sandbox"
        guard let executable, access(executable, X_OK) == 0 else {
            throw LocalServiceError(
                .programMissing, service: service,
                message: "\(executable ?? service) is not built; run swift build, or set RAZORPAY_KEY_ID")
        }
        let command = ServiceCommand(
            name: service, executable: executable, arguments: ["--port", "\(port)", "--webhook-url", webhookURL],
            user: .current(), workingDirectory: "/",
            environment: [
                "RAZORPAY_KEY_ID": credentials.keyID, "RAZORPAY_KEY_SECRET": credentials.keySecret,
                "RAZORPAY_WEBHOOK_SECRET": credentials.webhookSecret,
            ])
        let process = try await ServiceProcess.start(
            command,
            .init(stopSignal: "TERM", readyWithin: .seconds(30), logFile: logFile) { address(in: $0) != nil })
        guard let url = process.recentLog.lazy.compactMap(address(in:)).first else {
            await process.stop(within: .seconds(5))
            throw LocalServiceError(
                .startFailed, service: service, message: "did not say where it listens", log: process.recentLog)
        }
        return LocalSandbox(url: url, credentials: credentials, process: process)
    }

    /// Stops the emulator.
    public func stop() async {
        await process.stop(within: .seconds(30))
    }

    /// Waits for the emulator's end and says how it came about, with its last lines.
    public func ended() async -> LocalServiceError {
        let how = await process.ended()
        return LocalServiceError(.endedUnexpectedly, service: process.name, message: how, log: process.recentLog)
    }

    /// The emulator in the directory of the running program; nil when that directory is unknown.
    public static func besideUs() -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer -> String? in
            guard let base = buffer.baseAddress else { return nil }
            let count = readlink("/proc/self/exe", base, buffer.count)
            guard count > 0 else { return nil }
            let path = String(decoding: UnsafeRawBufferPointer(start: base, count: count), as: UTF8.self)
            guard let slash = path.lastIndex(of: "/") else { return nil }
            return path[..<slash] + "/razorpay-sandbox"
        }
    }

    /// The address in the line `listening on http://127.0.0.1:PORT`.
    static func address(in line: String) -> String? {
        let mark = "listening on http://127.0.0.1:"
        guard let range = line.firstRange(of: mark) else { return nil }
        let port = line[range.upperBound...].prefix { $0.isASCII && $0.isNumber }
        return port.isEmpty ? nil : "http://127.0.0.1:" + port
    }
}
