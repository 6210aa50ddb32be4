// SPDX-License-Identifier: Apache-2.0
import Glibc
import Subprocess
import SystemPackage

/// A program to run with its account and surroundings.
public struct ServiceCommand: Sendable {
    /// For messages, for example `initdb`.
    public var name: String
    /// Absolute path.
    public var executable: String
    /// Without the program's own name.
    public var arguments: [String]
    /// The account it runs under.
    public var user: ServiceUser
    /// Must be enterable by `user`.
    public var workingDirectory: String
    /// Added to the small fixed environment; nothing of ours is inherited, so no secret of ours reaches a child.
    public var environment: [String: String]

    /// Describes a program; nothing runs yet.
    public init(
        name: String, executable: String, arguments: [String], user: ServiceUser, workingDirectory: String,
        environment: [String: String] = [:]
    ) {
        self.name = name
        self.executable = executable
        self.arguments = arguments
        self.user = user
        self.workingDirectory = workingDirectory
        self.environment = environment
    }

    /// Searches the directories, then `PATH`, for a program.
    public static func find(_ program: String, in directories: [String] = []) -> String? {
        let search = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        let places = directories + search.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
        return places.map { $0 + "/" + program }.first { access($0, X_OK) == 0 }
    }

    /// The words that change to the account before the program starts.
    ///
    /// `setpriv` (util-linux, essential in Debian) sets the parent-death signal after it has changed the account, where
    /// the kernel would otherwise clear it, and in a single-threaded parent, where "parent" cannot mean a thread.
    func words(parentDeathSignal: String?) throws(LocalServiceError) -> [String] {
        guard let setpriv = Self.find("setpriv", in: ["/usr/bin", "/bin"]) else {
            throw LocalServiceError(.programMissing, service: name, message: "setpriv (util-linux) is not installed")
        }
        var words = [setpriv, "--no-new-privs"]
        if user.isOther {
            words += ["--reuid", "\(user.userID)", "--regid", "\(user.groupID)", "--clear-groups"]
        }
        if let parentDeathSignal { words += ["--pdeathsig", parentDeathSignal] }
        return words + ["--", executable] + arguments
    }

    func subprocess(words: [String], createSession: Bool) -> Configuration {
        var options = PlatformOptions()
        options.createSession = createSession
        var variables: [Environment.Key: String] = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC",
        ]
        for (key, value) in environment { variables[Environment.Key(stringLiteral: key)] = value }
        return Configuration(
            executable: .path(FilePath(words[0])), arguments: Arguments(Array(words.dropFirst())),
            environment: .custom(variables), workingDirectory: FilePath(workingDirectory), platformOptions: options)
    }

    /// Runs the program to its end and returns what it printed on standard output.
    ///
    /// - Parameter input: its standard input.
    /// - Throws: `.commandFailed` with the last lines of its standard error when it ends with another code than 0 or
    ///   prints more than 1 MiB; `.programMissing`.
    /// - Cancellation: the program is killed.
    @concurrent
    public func run(input: String = "") async throws(LocalServiceError) -> String {
        let words = try words(parentDeathSignal: nil)
        do {
            let result = try await Subprocess.run(
                subprocess(words: words, createSession: false), input: .string(input),
                output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
            guard result.terminationStatus.isSuccess else {
                let lines = (result.standardError + result.standardOutput).split(separator: "\n").map(String.init)
                throw LocalServiceError(
                    .commandFailed, service: name, message: "ended with \(result.terminationStatus)",
                    log: lines.suffix(LogTail.lineCountMax))
            }
            return result.standardOutput
        } catch let error as LocalServiceError {
            throw error
        } catch {
            throw LocalServiceError(.commandFailed, service: name, message: "could not be run: \(error)")
        }
    }
}
