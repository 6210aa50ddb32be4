// SPDX-License-Identifier: Apache-2.0
import Foundation
import LocalServices

/// `scripts/cluster` with the programs of this build, in a directory of its own.
public struct LocalCluster: Sendable {
    /// Talks to it through nginx.
    public let client: TestClient
    /// The servers' own addresses.
    public let servers: [String]

    /// Gives the body a running cluster and stops it afterwards, whatever happened.
    ///
    /// - Throws: `ServerProcess.Failure` also when it does not end as it should.
    public static func with(servers count: Int, _ body: (LocalCluster) async throws -> Void) async throws {
        let directory = try SharedService<Never>.scratch().root
        let programs = URL(fileURLWithPath: try ServerProcess.executable()).deletingLastPathComponent().path
        let command = ServiceCommand(
            name: "cluster", executable: Repository.root.appendingPathComponent("scripts/cluster").path,
            arguments: ["--bin", programs, "--data", directory, "--port", "0", "\(count)"], user: .current(),
            workingDirectory: Repository.root.path)
        let process = try await ServiceProcess.start(
            command, .init(stopSignal: "TERM", readyWithin: .seconds(180)) { address(in: $0) != nil })
        let lines = process.recentLog
        let servers = lines.compactMap { $0.firstMatch(of: /server \d+ on (http:\/\/\S+)/).map { String($0.output.1) } }
        let result: Result<Void, any Error>
        do {
            guard let url = lines.lazy.compactMap(address(in:)).first else {
                throw ServerProcess.Failure(description: "the cluster did not say where it listens")
            }
            let client = try TestClient(url: url)
            do {
                try await body(LocalCluster(client: client, servers: servers))
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await client.close()
        } catch {
            result = .failure(error)
        }
        await process.stop(within: .seconds(120))
        let how = await process.ended()
        try FileManager.default.removeItem(atPath: directory)
        try result.get()
        guard how.contains("exited(0)"), process.recentLog.last == "cluster: stopped" else {
            throw ServerProcess.Failure(description: "the cluster \(how): \(process.recentLog.joined(separator: "\n"))")
        }
    }

    private static func address(in line: String) -> String? {
        line.firstMatch(of: /^cluster: listening on (http:\/\/\S+)/).map { String($0.output.1) }
    }
}
