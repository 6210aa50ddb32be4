// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Glibc
import MarketApp

/// The program's exit codes.
enum ExitStatus: Int32 {
    /// Done.
    case done = 0
    /// A check failed.
    case checkFailed = 1
    /// Usage or configuration.
    case usage = 2
    /// A dependency (PostgreSQL, Redis, the provider) is unreachable.
    case unreachable = 3

    /// Says what went wrong on standard error and ends the program with the code for it.
    static func end(with error: any Error) -> Never {
        switch error {
        case let error as ConfigurationError:
            let count = error.problems.count
            complain("mve: \(count == 1 ? "a configuration problem" : "\(count) configuration problems")")
            complain(error.description)
            exit(Self.usage.rawValue)
        case let error as ServiceFailure:
            complain("mve: \(error)")
            exit(Self.unreachable.rawValue)
        case let error as DependencyFailure:
            complain("mve: \(error)")
            exit(Self.unreachable.rawValue)
        case let error as SeedError:
            complain("mve: \(error)")
            exit(Self.usage.rawValue)
        case let code as ExitCode:
            exit(code.rawValue)
        default:
            if MVE.exitCode(for: error) == .validationFailure {
                complain(MVE.fullMessage(for: error))
                exit(Self.usage.rawValue)
            }
            // Help and version requests are "errors" too; the library prints them and ends with 0.
            MVE.exit(withError: error)
        }
    }

    private static func complain(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
