// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
// `stdout` is a variable for C's sake only; nobody sets it.
@preconcurrency import Glibc
import Logging
import UVRuntime

/// The command line of the sandbox.
struct SandboxProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "razorpay-sandbox",
        abstract: "Emulates the payment provider on 127.0.0.1, in memory, until SIGTERM or SIGINT.",
        discussion: """
            RAZORPAY_KEY_ID (rzp_test_…), RAZORPAY_KEY_SECRET and RAZORPAY_WEBHOOK_SECRET come from the environment: \
            arguments can be read by everyone on the machine. With none of them it takes fixed ones, and prints them.

            Exit codes: 0 done, 1 the port cannot be bound, 2 usage or configuration.
            """)

    @Option(help: "The port on 127.0.0.1; 0 picks a free one and prints it.")
    var port: UInt16 = 8400

    @Option(help: "Where webhooks go: https, or http on this machine. Without it they are made, but not sent.")
    var webhookURL: String?

    func run() async throws {
        let credentials = try SandboxCredentials { name in getenv(name).map { String(cString: $0) } }
        let settings = try settings(credentials)
        SignalWatcher.ignoreBrokenPipes()
        let group = try EventLoopGroup(count: 1)
        let result: Result<Void, any Error>
        do {
            result = .success(try await serve(settings, credentials, on: group.loops[0]))
        } catch {
            result = .failure(error)
        }
        await group.shutdown()
        try result.get()
    }

    private func serve(
        _ settings: SandboxConfiguration, _ credentials: SandboxCredentials, on loop: EventLoop
    ) async throws {
        let sandbox = try await SandboxServer.start(settings, on: loop, logger: Logger(label: "razorpay-sandbox"))
        let signals = try await EndSignals.watch(on: loop)
        print("listening on \(sandbox.url)")
        print("webhooks go to \(settings.webhookURL?.description ?? "nobody")")
        if credentials.isFixed {
            print("no RAZORPAY_ credentials are set: these fixed ones are taken")
            for line in credentials.lines { print(line) }
        }
        if let signal = await signals.first() { print("signal \(signal): ending") }
        try await sandbox.stop()
    }

    private func settings(_ credentials: SandboxCredentials) throws -> SandboxConfiguration {
        var settings = SandboxConfiguration(
            port: port, keyID: credentials.keyID, keySecret: credentials.keySecret,
            webhookSecret: credentials.webhookSecret)
        if let webhookURL {
            guard let url = WebhookURL(webhookURL) else {
                throw ValidationError("--webhook-url must be https://…, or http:// on this machine.")
            }
            settings.webhookURL = url
        }
        return settings
    }
}

@main
enum Main {
    static func main() async {
        // A line at a time also into a pipe: whoever started us reads from it where we listen.
        setvbuf(stdout, nil, _IOLBF, 0)
        do {
            let command = try SandboxProgram.parse()
            try await command.run()
        } catch {
            guard SandboxProgram.exitCode(for: error) == .validationFailure else {
                SandboxProgram.exit(withError: error)
            }
            fputs(SandboxProgram.fullMessage(for: error) + "\n", stderr)
            exit(2)
        }
    }
}
