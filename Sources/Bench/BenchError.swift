// SPDX-License-Identifier: Apache-2.0

/// Why a run cannot be made.
enum BenchError: Error, CustomStringConvertible {
    /// A file or an option says something that cannot be done.
    case usage(String)
    /// The server or the database does not answer, or lacks what the run needs.
    case unreachable(String)

    var description: String {
        switch self {
        case .usage(let text), .unreachable(let text): text
        }
    }
}
