// SPDX-License-Identifier: Apache-2.0
public import LocalServices

/// The one private Redis of this test process; see `EmbeddedPostgres`.
public enum EmbeddedRedis {
    private static let server = SharedService {
        try await LocalRedis.start(in: $0, memoryMax: 64 << 20, removeAtExit: $0.root)
    }

    /// The running server. Tests share its keys: use prefixes of your own.
    public static func shared() async throws -> LocalRedis {
        try await server.value()
    }

    /// A server of a test's own, for tests that flush, stop or stall it. The caller stops it; its directory goes with it.
    public static func makeOwn() async throws -> LocalRedis {
        let directory = try SharedService<LocalRedis>.scratch()
        return try await LocalRedis.start(in: directory, memoryMax: 32 << 20, removeAtExit: directory.root)
    }
}
