// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@testable import LocalServices

@Suite(.timeLimit(.minutes(1)))
struct ServiceProcessTests {
    @Test func isReadyWhenTheProgramSaysSoAndStopsOnRequest() async throws {
        let process = try await ServiceProcess.start(shell("echo up; exec sleep 600"), options())
        await process.stop(within: .seconds(30))
        #expect(await process.ended().hasPrefix("ended"))
    }

    @Test func reportsAProgramThatEndsBeforeItIsReadyWithItsLastLines() async {
        let error = await #expect(throws: LocalServiceError.self) {
            try await ServiceProcess.start(shell("echo no disk left; printf unfinished; exit 3"), options())
        }
        #expect(error?.code == .startFailed)
        #expect(error?.log == ["no disk left", "unfinished"])
        #expect(error?.message.contains("3") == true)
    }

    @Test func killsAProgramThatIgnoresTheRequest() async throws {
        let process = try await ServiceProcess.start(
            shell("trap '' TERM; echo up; while :; do sleep 1; done"), options())
        await process.stop(within: .milliseconds(200))
        #expect(await process.ended().hasPrefix("ended"))
    }

    @Test func handsNothingOfOurEnvironmentToTheChild() async throws {
        setenv("MVE_TEST_SECRET", "visible", 1)
        defer { unsetenv("MVE_TEST_SECRET") }
        let seen = try await shell("env").run()
        #expect(!seen.contains("MVE_TEST_SECRET"))
        #expect(seen.contains("LC_ALL=C.UTF-8"))
    }

    @Test func givesUpOnAProgramThatIsNeverReady() async {
        var patience = options()
        patience.readyWithin = .milliseconds(100)
        let error = await #expect(throws: LocalServiceError.self) {
            try await ServiceProcess.start(shell("echo warming; exec sleep 600"), patience)
        }
        #expect(error?.code == .startFailed)
    }

    @Test func removesTheDirectoryItWasGivenWhenTheProgramHasEnded() async throws {
        try await withScratch { directory in
            let place = directory.root + "/gone"
            #expect(mkdir(place, 0o755) == 0)
            var choice = options()
            choice.removeAtExit = place
            let process = try await ServiceProcess.start(shell("echo up; exec sleep 600"), choice)
            await process.stop(within: .seconds(30))
            #expect(access(place, F_OK) != 0)
        }
    }

    private func shell(_ script: String) -> ServiceCommand {
        ServiceCommand(
            name: "script", executable: "/bin/sh", arguments: ["-c", script], user: .current(), workingDirectory: "/")
    }

    private func options() -> ServiceProcess.Options {
        .init(stopSignal: "TERM", readyWithin: .seconds(30)) { $0 == "up" }
    }
}
