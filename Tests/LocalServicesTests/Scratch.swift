// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@testable import LocalServices

/// Gives the body a directory that every account can enter, and removes it afterwards.
func withScratch(_ body: (ServiceDirectory) async throws -> Void) async throws {
    var template = Array("/tmp/mve-test-XXXXXX\0".utf8CString)
    let path = try #require(mkdtemp(&template).map { String(cString: $0) })
    #expect(chmod(path, 0o755) == 0)
    let removal = ServiceCommand(
        name: "rm", executable: "/bin/rm", arguments: ["-rf", path], user: .current(), workingDirectory: "/")
    do {
        try await body(ServiceDirectory(root: path))
    } catch {
        _ = try await removal.run()
        throw error
    }
    _ = try await removal.run()
}
