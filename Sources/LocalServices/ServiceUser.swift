// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The account a private service runs under.
///
/// PostgreSQL refuses to run as root, and a cache has no business to. When we are root the services run under the
/// first account of a list that exists; otherwise under our own.
public struct ServiceUser: Sendable, Equatable {
    /// Its login name.
    public let name: String
    /// Its numeric id.
    public let userID: UInt32
    /// Its primary group.
    public let groupID: UInt32
    /// True when it is another account than ours, so that files must be handed over and the child must change to it.
    public let isOther: Bool

    /// The account we run under.
    public static func current() -> ServiceUser {
        let id = geteuid()
        return ServiceUser(name: name(of: id) ?? "\(id)", userID: id, groupID: getegid(), isOther: false)
    }

    /// The account for a service.
    ///
    /// - Parameter names: accounts to prefer when we are root; `nobody` is the last resort.
    /// - Throws: `.startFailed` when we are root and none of them exists.
    public static func forService(_ names: [String], service: String) throws(LocalServiceError) -> ServiceUser {
        guard geteuid() == 0 else { return current() }
        for name in names + ["nobody"] {
            if let user = lookup(name) { return user }
        }
        throw LocalServiceError(
            .startFailed, service: service,
            message: "root must not run it and none of the accounts \(names.joined(separator: ", ")), nobody exists")
    }

    private static func lookup(_ name: String) -> ServiceUser? {
        withEntryBuffer { buffer, count in
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            guard getpwnam_r(name, &entry, buffer, count, &found) == 0, found != nil else { return nil }
            return ServiceUser(name: name, userID: entry.pw_uid, groupID: entry.pw_gid, isOther: true)
        }
    }

    private static func name(of id: uid_t) -> String? {
        withEntryBuffer { buffer, count in
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            guard getpwuid_r(id, &entry, buffer, count, &found) == 0, found != nil,
                let name = entry.pw_name
            else { return nil }
            return String(cString: name)
        }
    }

    /// 16 KiB holds any sane account entry; a longer one counts as absent.
    private static func withEntryBuffer<Result>(_ body: (UnsafeMutablePointer<CChar>, Int) -> Result?) -> Result? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16 * 1024) { buffer in
            buffer.baseAddress.flatMap { body($0, buffer.count) }
        }
    }
}
