// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
// Takes the place of malloc by being linked (docs/adr/0019); nothing of it is called.
import CMimalloc
// `stdout` is a variable for C's sake only; nobody sets it.
@preconcurrency import Glibc
import Postgres

@main
enum Main {
    static func main() async {
        // A line at a time also into a pipe or a file.
        setvbuf(stdout, nil, _IOLBF, 0)
        do {
            let command = try BenchCommand.parse()
            try await command.run()
        } catch let error as BenchError {
            complain("bench: \(error)")
            if case .usage = error { exit(2) }
            exit(3)
        } catch let error as PostgresError {
            complain("bench: the database cannot be used: \(error)")
            exit(3)
        } catch {
            guard BenchCommand.exitCode(for: error) == .validationFailure else {
                BenchCommand.exit(withError: error)
            }
            complain(BenchCommand.fullMessage(for: error))
            exit(2)
        }
    }

    private static func complain(_ text: String) {
        fputs(text + "\n", stderr)
    }
}
