// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// A call of the system on a stored file that failed.
public struct FileStoreError: Error, Sendable, Equatable {
    /// What was done, without paths.
    public let step: String
    /// The system's reason; 0 where the content is wrong.
    public let errno: Int32

    init(_ step: String, errno: Int32 = 0) {
        self.step = step
        self.errno = errno
    }
}

/// Files under one directory, each in a folder by the first digits of its name. Blocks; for worker threads.
///
/// A file appears whole or not at all: it is written under another name, made durable, and renamed; then its folder is made
/// durable. Names are ours alone, never a client's.
struct StoreFolder: Sendable {
    let path: String

    /// 65,536 folders: some hundred files in each where there are millions.
    func folder(of name: String) -> String {
        let digits = name.utf8.prefix(4).map { Character(UnicodeScalar($0)) }
        return path + "/" + String(digits.prefix(2)) + "/" + String(digits.dropFirst(2))
    }

    func path(of name: String) -> String { folder(of: name) + "/" + name }

    /// Writes a file that is not there yet; one that is there is touched, which keeps it from being swept.
    ///
    /// - Parameter write: gets the open descriptor.
    func put(_ name: String, _ write: (Int32) throws(FileStoreError) -> Void) throws(FileStoreError) {
        let folder = folder(of: name)
        try Self.makeFolders(folder)
        let lock = try FolderLock(folder)
        defer { lock.release() }
        if utimensat(AT_FDCWD, path(of: name), nil, AT_SYMLINK_NOFOLLOW) == 0 { return }
        let draft = folder + "/." + name + "-" + String(UInt64.random(in: 0...UInt64.max), radix: 16)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw FileStoreError("create", errno: errno) }
        do throws(FileStoreError) {
            defer { close(descriptor) }
            try write(descriptor)
            guard fsync(descriptor) == 0 else { throw FileStoreError("fsync", errno: errno) }
        } catch {
            unlink(draft)
            throw error
        }
        guard rename(draft, path(of: name)) == 0 else {
            let reason = errno
            unlink(draft)
            throw FileStoreError("rename", errno: reason)
        }
        try lock.sync()
    }

    /// Removes a file; one that is not there is gone already.
    func remove(_ name: String) throws(FileStoreError) {
        guard unlink(path(of: name)) == 0 || errno == ENOENT else { throw FileStoreError("unlink", errno: errno) }
    }

    /// Removes a file unless it has been written or touched since `seconds`; whether it did.
    func remove(_ name: String, ifOlderThan seconds: Int) throws(FileStoreError) -> Bool {
        let lock = try FolderLock(folder(of: name))
        defer { lock.release() }
        var information = stat()
        guard lstat(path(of: name), &information) == 0, information.st_mtim.tv_sec <= seconds else { return false }
        try remove(name)
        return true
    }

    /// The files of the folder `index` (0…65,535) that are older than `seconds` since 1970.
    func names(inFolder index: Int, olderThan seconds: Int) -> [String] {
        let digits = String(index + 0x10000, radix: 16).dropFirst()
        let folder = path + "/" + digits.prefix(2) + "/" + digits.suffix(2)
        return Self.entries(of: folder).filter { name in
            var information = stat()
            return lstat(folder + "/" + name, &information) == 0 && information.st_mode & S_IFMT == S_IFREG
                && information.st_mtim.tv_sec <= seconds
        }
    }

    /// Removes drafts that a process left which died; how many.
    func removeDrafts(inFolder index: Int, olderThan seconds: Int) throws(FileStoreError) -> Int {
        var count = 0
        for name in names(inFolder: index, olderThan: seconds) where name.utf8.first == UInt8(ascii: ".") {
            let digits = String(index + 0x10000, radix: 16).dropFirst()
            if unlink(path + "/" + digits.prefix(2) + "/" + digits.suffix(2) + "/" + name) == 0 { count += 1 }
        }
        return count
    }

    // MARK: The system

    static func write(_ bytes: [UInt8], to descriptor: Int32) throws(FileStoreError) {
        let failure = bytes.withUnsafeBytes { bytes -> Int32 in
            var at = 0
            while at < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: at), bytes.count - at)
                if count < 0, errno == EINTR { continue }
                if count < 0 { return errno }
                at += count
            }
            return 0
        }
        guard failure == 0 else { throw FileStoreError("write", errno: failure) }
    }

    private static func makeFolders(_ path: String) throws(FileStoreError) {
        var information = stat()
        if stat(path, &information) == 0 { return }
        for end in path.indices.dropFirst() where path[end] == "/" {
            let parent = String(path[..<end])
            // A folder that a power failure takes would take what was promised to be kept in it.
            if mkdir(parent, 0o700) == 0 { try FolderLock.sync(above: parent) }
        }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileStoreError("mkdir", errno: errno) }
        try FolderLock.sync(above: path)
    }

    private static func entries(of folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

/// A folder that others of this machine change one after the other, whichever process they are.
struct FolderLock {
    private let descriptor: Int32

    init(_ folder: String) throws(FileStoreError) {
        descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileStoreError("open folder", errno: errno) }
        while flock(descriptor, LOCK_EX) != 0 {
            if errno == EINTR { continue }
            let reason = errno
            close(descriptor)
            throw FileStoreError("lock", errno: reason)
        }
    }

    func sync() throws(FileStoreError) {
        guard fsync(descriptor) == 0 else { throw FileStoreError("fsync folder", errno: errno) }
    }

    func release() { close(descriptor) }

    static func sync(above path: String) throws(FileStoreError) {
        guard let slash = path.lastIndex(of: "/") else { return }
        let parent = slash == path.startIndex ? "/" : String(path[..<slash])
        let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileStoreError("open folder", errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileStoreError("fsync folder", errno: errno) }
    }
}
