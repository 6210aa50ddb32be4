// SPDX-License-Identifier: Apache-2.0
import Foundation
import UVRuntime

/// Finds the server that is measured by the port it listens on, in `/proc`.
enum ListeningProcess {
    /// The one process that listens at a loopback address; nil when there is none, there are several, or it is not ours to see.
    static func find(at address: SocketAddress) -> Int32? {
        guard let inode = inode(at: address) else { return nil }
        let link = "socket:[\(inode)]"
        var owners: [Int32] = []
        for entry in names(in: "/proc") {
            guard let pid = Int32(entry) else { continue }
            let directory = "/proc/\(entry)/fd"
            for descriptor in names(in: directory)
            where (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\(descriptor)")) == link {
                owners.append(pid)
                break
            }
        }
        return owners.count == 1 ? owners[0] : nil
    }

    /// The listening socket's number, when exactly one takes connections to this address.
    private static func inode(at address: SocketAddress) -> Substring? {
        // On another address the port may be another machine's.
        let isLoopback = address.isIPv6 ? address.host == "::1" : address.host.hasPrefix("127.")
        guard isLoopback else { return nil }
        let port = hex(UInt(address.port), digits: 4)
        var inodes: Set<Substring> = []
        for table in address.isIPv6 ? ["tcp6"] : ["tcp", "tcp6"] {
            let lines = ProcessUsage.text("/proc/net/\(table)")?.split(separator: "\n").dropFirst() ?? []
            for line in lines {
                let fields = line.split(separator: " ")
                // Local address, state (0A is LISTEN) and inode.
                guard fields.count > 9, fields[3] == "0A" else { continue }
                let local = fields[1].split(separator: ":")
                guard local.count == 2, local[1] == port, takes(String(local[0]), address) else { continue }
                inodes.insert(fields[9])
            }
        }
        return inodes.count == 1 ? inodes.first : nil
    }

    /// Whether a socket with this local address, as the kernel writes it, is reached by the loopback address.
    private static func takes(_ local: String, _ address: SocketAddress) -> Bool {
        if local.allSatisfy({ $0 == "0" }) { return true }
        if address.isIPv6 {
            return local == String(repeating: "0", count: 24) + hex(UInt(UInt32(1).bigEndian), digits: 8)
        }
        let octets = address.host.split(separator: ".").compactMap { UInt32($0) }
        // Memory in network order, printed as a number of this machine.
        let number = octets.reduce(UInt32(0)) { $0 << 8 | $1 }.bigEndian
        return local == hex(UInt(number), digits: 8)
    }

    private static func hex(_ value: UInt, digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// Empty for a directory that is gone or not ours to read.
    private static func names(in directory: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    }
}
