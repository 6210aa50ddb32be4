// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The place on disk where private services keep their files.
///
/// - Shape: `<root>/<service>/{data,run,log}`, each service's part owned by its account and closed to everybody else.
public struct ServiceDirectory: Sendable {
    /// Absolute path, without a slash at the end.
    public let root: String
    /// Why `root` is not below the data directory that was asked for; nil when it is.
    public let relocation: String?

    /// The kernel takes 107 bytes for a socket's path; the longest name we put behind a directory is
    /// `/.s.PGSQL.5432` with its `.lock`.
    static let socketDirectoryBytesMax = 85

    /// Chooses the place and makes the directory.
    ///
    /// - Parameter dataDirectory: an absolute path, made when absent. When we are root and one of its parents is closed
    ///   to unprivileged accounts, `/var/lib/mve-<hash of the path>` is used in its stead.
    /// - Throws: `.directoryUnusable`.
    public static func prepare(below dataDirectory: String) throws(LocalServiceError) -> ServiceDirectory {
        try makeDirectories(dataDirectory, service: "data directory")
        let absolute = realPath(dataDirectory) ?? dataDirectory
        if geteuid() == 0, let closed = firstClosedParent(of: absolute) {
            let elsewhere = "/var/lib/mve-" + stableHash(absolute)
            try makeDirectories(elsewhere, service: "data directory")
            return ServiceDirectory(
                root: elsewhere, relocation: "\(closed) is closed to the accounts that run PostgreSQL and Redis")
        }
        return ServiceDirectory(root: absolute, relocation: nil)
    }

    /// Uses an existing directory as it is.
    public init(root: String) {
        self.init(root: root, relocation: nil)
    }

    private init(root: String, relocation: String?) {
        self.root = root
        self.relocation = relocation
    }

    /// Makes `<root>/<service>`, owned by the service's account with mode 0700.
    func prepareService(_ service: String, user: ServiceUser) throws(LocalServiceError) -> String {
        let path = root + "/" + service
        try Self.makeOwned(path, user: user, service: service)
        return path
    }

    /// Makes the directory for a service's sockets: inside its own directory, or under a short name in `/run` or `/tmp`
    /// when that path is too long for a socket.
    func prepareSockets(_ service: String, user: ServiceUser) throws(LocalServiceError) -> String {
        let path = socketDirectory(service)
        try Self.makeOwned(path, user: user, service: service)
        return path
    }

    /// Where `prepareSockets` puts them; the same for every process that asks.
    func socketDirectory(_ service: String) -> String {
        let own = "\(root)/\(service)/run"
        guard own.utf8.count > Self.socketDirectoryBytesMax else { return own }
        let base = geteuid() == 0 ? "/run" : "/tmp"
        return "\(base)/mve-\(geteuid())-\(stableHash(root))-\(service)"
    }

    private static func makeOwned(_ path: String, user: ServiceUser, service: String) throws(LocalServiceError) {
        if mkdir(path, 0o700) != 0 && errno != EEXIST { throw unusable(path, "made", service) }
        var info = stat()
        // A name that somebody else put there first must not receive our sockets.
        guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else {
            throw unusable(path, "used: it is not a directory", service)
        }
        guard info.st_uid == geteuid() || info.st_uid == user.userID else {
            throw unusable(path, "used: it belongs to user \(info.st_uid)", service)
        }
        if user.isOther, info.st_uid != user.userID, lchown(path, user.userID, user.groupID) != 0 {
            throw unusable(path, "handed over", service)
        }
        if info.st_mode & 0o7777 != 0o700, chmod(path, 0o700) != 0 { throw unusable(path, "closed", service) }
    }

    private static func makeDirectories(_ path: String, service: String) throws(LocalServiceError) {
        var partial = ""
        for component in path.split(separator: "/") {
            partial += "/" + component
            if mkdir(partial, 0o755) != 0 && errno != EEXIST && errno != EISDIR {
                throw unusable(partial, "made", service)
            }
        }
        var info = stat()
        guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else {
            throw unusable(path, "used: it is not a directory", service)
        }
    }

    /// The first directory on the way that an account without rights of its own cannot pass; nil when all can be.
    static func firstClosedParent(of path: String) -> String? {
        var partial = ""
        for component in path.split(separator: "/") {
            partial += "/" + component
            var info = stat()
            if stat(partial, &info) != 0 || info.st_mode & S_IXOTH == 0 { return partial }
        }
        return nil
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func unusable(_ path: String, _ what: String, _ service: String) -> LocalServiceError {
        let reason = what.contains(":") ? "" : ": " + String(cString: strerror(errno))
        return LocalServiceError(.directoryUnusable, service: service, message: "\(path) cannot be \(what)\(reason)")
    }
}
