// SPDX-License-Identifier: Apache-2.0
import HTTP
import Logging
import UVRuntime

/// A running sandbox: the provider and its listener on 127.0.0.1.
final class SandboxServer: Sendable {
    /// Where it listens.
    let address: SocketAddress
    let provider: PaymentProvider
    private let server: HTTPServer

    private init(address: SocketAddress, provider: PaymentProvider, server: HTTPServer) {
        self.address = address
        self.provider = provider
        self.server = server
    }

    /// Such as `http://127.0.0.1:8400`.
    var url: String { "http://\(address)" }

    /// Starts to listen.
    ///
    /// - Throws: `UVError` when the port cannot be bound.
    static func start(
        _ configuration: SandboxConfiguration, on loop: EventLoop, logger: Logger
    ) async throws -> SandboxServer {
        guard let address = SocketAddress(host: "127.0.0.1", port: configuration.port) else {
            preconditionFailure("the loopback address is one")
        }
        let provider = try await loop.run { PaymentProvider(configuration, on: loop, logger: logger) }
        let gate = CallGate(
            provider: provider,
            credentials: BasicCredentials(keyID: configuration.keyID, keySecret: configuration.keySecret))
        var settings = HTTPServerConfiguration(logger: logger)
        // One client on this machine may be a load test.
        settings.connectionsPerSourceMax = 0
        // Above what a fault may hold an answer back.
        settings.timeouts.handler = .milliseconds(SandboxLimits.faultDelayMax + 30_000)
        settings.refusal = RefusedCalls.answers(of: provider)
        let router = Router(routes(provider), middleware: [gate.middleware], fallback: unknownURL)
        do {
            let server = try await HTTPServer.start(
                on: address, loops: [loop], router: router, configuration: settings)
            return SandboxServer(address: server.address, provider: provider, server: server)
        } catch {
            try await loop.run { try await provider.close() }
            throw error
        }
    }

    /// Everything there is, one line for each kind of entity.
    private static func routes(_ provider: PaymentProvider) -> [Route] {
        OrderRoutes.routes(provider)
            + PaymentRoutes.routes(provider)
            + PaymentCreationRoutes.routes(provider)
            + DowntimeRoutes.routes(provider)
            + RefundRoutes.routes(provider)
            + DisputeRoutes.routes(provider)
            + DocumentRoutes.routes(provider)
            + TransferRoutes.routes(provider)
            + SettlementRoutes.routes(provider)
            + AccountRoutes.routes(provider)
            + ProductRoutes.routes(provider)
            + LinkRoutes.routes(provider)
            + CustomerRoutes.routes(provider)
            + PayoutRoutes.routes(provider)
            + EndpointRoutes.routes(provider)
            + CheckoutRoutes.routes(provider)
            + ControlRoutes.routes(provider)
    }

    /// The provider answers what it does not have with 400.
    private static let unknownURL = Route(
        .get, "/", name: "unknown", access: CallGate.Access.merchant.rawValue, query: nil
    ) { _ in
        throw ProviderError.unknownURL
    }

    /// Answers what has begun, ends every delivery and closes.
    func stop() async throws {
        let provider = provider
        try await provider.loop.run { await provider.endWaiting() }
        await server.drain(limit: .seconds(5))
        try await provider.loop.run { try await provider.close() }
    }
}
