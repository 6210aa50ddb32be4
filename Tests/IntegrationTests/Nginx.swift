// SPDX-License-Identifier: Apache-2.0
import Foundation
import LocalServices
import TestSupport
import TestTLS
import Testing

/// A running nginx with `deploy/nginx.conf`.
struct Nginx: Sendable {
    let plainPort: UInt16
    let securePort: UInt16
    private let files: TemporaryDirectory

    static let cartLine = #"{"variant_id":"\#(Fixture.variant)","quantity":1}"#
    static let key = "a-key-of-sixteen-or-more"

    static func with(upstreams: [String], _ body: (Nginx) async throws -> Void) async throws {
        let files = try TemporaryDirectory()
        let (certificate, key) = try TestCertificate().write(into: files)
        let plain = try PortReservation()
        let secure = try PortReservation()
        var site = try text("deploy/nginx.conf")
        for (old, new) in [
            ("127.0.0.1:8001", upstreams[0]), ("127.0.0.1:8002", upstreams[1]),
            ("listen 80;", "listen 127.0.0.1:\(plain.port);"),
            ("listen 443 ssl http2;", "listen 127.0.0.1:\(secure.port) ssl http2;"),
            ("/etc/mve/certificate.pem", certificate), ("/etc/mve/key.pem", key),
        ] {
            try #require(site.ranges(of: old).count == 1, "\(old) stands once")
            site = site.replacing(old, with: new)
        }
        _ = try files.write("site.conf", site)
        _ = try files.write("nginx-proxy.conf", try text("deploy/nginx-proxy.conf"))
        let configuration = try files.write("nginx.conf", main(files.path))
        let check = try await MarketCommand.run(
            program: program, ["-t", "-p", files.path, "-c", configuration, "-e", "stderr"])
        try #require(check.status == 0, "\(check.complaints)")
        try #require(!check.complaints.contains("[warn]"), "\(check.complaints)")
        let command = ServiceCommand(
            name: "nginx", executable: program,
            arguments: ["-p", files.path, "-c", configuration, "-e", "stderr"], user: .current(),
            workingDirectory: files.path)
        // It logs that its worker has started once it listens.
        let process = try await ServiceProcess.start(
            command, .init(stopSignal: "TERM", readyWithin: .seconds(60)) { $0.contains("start worker process ") })
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(Nginx(plainPort: plain.port, securePort: secure.port, files: files)))
        } catch {
            result = .failure(error)
        }
        await process.stop(within: .seconds(30))
        // The ports were ours until here.
        withExtendedLifetime((plain, secure)) {}
        try result.get()
    }

    private static let program = "/usr/sbin/nginx"

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: Repository.root.appendingPathComponent(path), encoding: .utf8)
    }

    /// What stands around a site on a Debian machine, with files of its own.
    private static func main(_ directory: String) -> String {
        """
        \(getuid() == 0 ? "user root;" : "")
        worker_processes 1;
        daemon off;
        pid \(directory)/nginx.pid;
        error_log stderr notice;
        events { worker_connections 1024; }
        http {
            access_log off;
            client_body_temp_path \(directory)/body;
            proxy_temp_path \(directory)/proxy;
            fastcgi_temp_path \(directory)/fastcgi;
            uwsgi_temp_path \(directory)/uwsgi;
            scgi_temp_path \(directory)/scgi;
            include \(directory)/site.conf;
        }
        """
    }

    /// Asks over TLS and checks the certificate.
    func curl(_ path: String, _ options: [String] = []) async throws -> MarketCommand {
        try await MarketCommand.run(
            program: "/usr/bin/curl",
            ["-sS", "--max-time", "60", "--cacert", files.path + "/certificate.pem"] + options
                + ["https://127.0.0.1:\(securePort)\(path)"])
    }

    /// Adds to an anonymous cart under the one key, from 127.0.0.2; ends with the status and whether it was replayed.
    ///
    /// - Parameter url: a server's own address; nil goes through nginx.
    func add(forwardedFor address: String? = nil, at url: String? = nil) async throws -> String {
        let options =
            [
                "--interface", "127.0.0.2", "-H", "Content-Type: application/json", "-H",
                "Idempotency-Key: \(Self.key)", "-d", Self.cartLine, "-w",
                " %{http_code} -%header{idempotent-replayed}",
            ] + (address.map { ["-H", "X-Forwarded-For: \($0)"] } ?? [])
        guard let url else { return try await curl("/api/cart/add/", options).output }
        return try await MarketCommand.run(
            program: "/usr/bin/curl", ["-sS", "--max-time", "60"] + options + [url + "/api/cart/add/"]
        ).output
    }
}
