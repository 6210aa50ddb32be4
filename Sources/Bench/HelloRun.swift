// SPDX-License-Identifier: Apache-2.0
import UVRuntime

/// Asks for one path over all connections until the time is over.
final actor HelloRun: LoadRun {
    nonisolated let executor: LoopExecutor
    let loop: EventLoop
    let settings: LoadSettings
    let say: Say
    let connections: [LoadConnection]
    var meter: UsageMeter
    var progress = Progress()
    var arrivals: Arrivals?
    private let request: [UInt8]
    private(set) var tally = Tally()

    init(_ settings: LoadSettings, path: String, on loop: EventLoop, say: @escaping Say) {
        executor = loop
        self.loop = loop
        self.settings = settings
        self.say = say
        connections = (0..<settings.connections).map { _ in
            LoadConnection(to: settings.target, on: loop, keepsBodies: false)
        }
        meter = UsageMeter(serverPID: settings.serverPID, postmasterPID: nil)
        request = RequestBytes(authority: settings.target.authority).get(path)
    }

    var measured: Tally { tally }
    var preparation: String? { nil }

    /// Runs to its end.
    func run() async throws {
        try await firstAnswer()
        await withTicker {
            startMeasuring()
            await everyone { run, connection in await run.work(on: connection) }
            meter.stop()
        }
        for connection in connections { await connection.close() }
    }

    /// A server that is not there is said at once, not counted ten thousand times.
    private func firstAnswer() async throws {
        do {
            _ = try await connections[0].exchange(request)
        } catch {
            throw BenchError.unreachable("\(settings.target.address) does not answer: \(error.name)")
        }
    }

    private func work(on connection: LoadConnection) async {
        while let start = await nextStart() {
            do throws(ExchangeFailure) {
                let exchange = try await connection.exchange(request)
                switch exchange.answer.status {
                case 200..<300: tally.addOK(exchange, since: min(start, exchange.sentAt))
                case 500...: tally.addError("status-\(exchange.answer.status)")
                default: tally.addRefusal("status-\(exchange.answer.status)")
                }
            } catch {
                tally.addError(error.name)
                await pause(after: error)
            }
        }
    }
}
