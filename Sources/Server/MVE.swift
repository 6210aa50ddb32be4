// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
// Takes the place of malloc by being linked (docs/adr/0019); nothing of it is called.
import CMimalloc
// `stdout` is a variable for C's sake only; nobody sets it.
@preconcurrency import Glibc

/// The marketplace's command line.
struct MVE: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mve",
        abstract: "A multi-vendor marketplace backend.",
        discussion: """
            Everything is configured by environment variables or a .env file in the current directory; `mve config` \
            prints what is in force.

            Exit codes: 0 done, 1 a check failed, 2 usage or configuration, 3 a dependency is unreachable.
            """,
        subcommands: [
            ServeCommand.self, ServicesCommand.self, MigrateCommand.self, SeedCommand.self, CheckCommand.self,
            ReconcileCommand.self,
            RoutesCommand.self, MailCommand.self,
            ConfigCommand.self, VersionCommand.self,
        ])
}

@main
enum Main {
    static func main() async {
        // A line at a time also into a pipe or a file: what was said before a crash must be there.
        setvbuf(stdout, nil, _IOLBF, 0)
        do {
            var command = try MVE.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            ExitStatus.end(with: error)
        }
    }
}
