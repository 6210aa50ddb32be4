// SPDX-License-Identifier: Apache-2.0
import Glibc
import LocalServices

/// A value that is made once, by whoever asks first; everybody else waits for the same one.
///
/// A failure is kept too: one broken service fails the tests at once and not each after its own time-out.
actor SharedValue<Value: Sendable> {
    private let make: @Sendable () async throws -> Value
    private var task: Task<Value, any Error>?

    init(_ make: @escaping @Sendable () async throws -> Value) {
        self.make = make
    }

    func value() async throws -> Value {
        if let task { return try await task.value }
        let make = self.make
        let task = Task { @concurrent in try await make() }
        self.task = task
        return try await task.value
    }
}

/// A service of this process in a temporary directory.
///
/// Nobody stops it: its supervisor sees the process end, stops it and removes the directory.
actor SharedService<Service: Sendable> {
    private let shared: SharedValue<Service>

    init(_ start: @escaping @Sendable (ServiceDirectory) async throws -> Service) {
        shared = SharedValue { try await start(Self.scratch()) }
    }

    func value() async throws -> Service {
        try await shared.value()
    }

    /// A new directory that every account can enter.
    static func scratch() throws(LocalServiceError) -> ServiceDirectory {
        var template = Array("/tmp/mve-test-XXXXXX".utf8CString)
        guard let path = mkdtemp(&template).map({ String(cString: $0) }), chmod(path, 0o755) == 0 else {
            throw LocalServiceError(
                .directoryUnusable, service: "tests",
                message: "no temporary directory: \(String(cString: strerror(errno)))")
        }
        return ServiceDirectory(root: path)
    }
}
