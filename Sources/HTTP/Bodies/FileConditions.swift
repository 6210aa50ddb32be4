// SPDX-License-Identifier: Apache-2.0

/// Which part of a file a request is to get, by its conditions in the order of RFC 9110 §13.2.2.
struct FileConditions {
    enum Outcome: Equatable {
        case whole
        case part(Range<Int>)
        case notModified
        case preconditionFailed
        case unsatisfiable
    }

    /// Of the file: without quotes.
    let tag: [UInt8]
    /// Seconds since 1970.
    let modified: Int
    let size: Int

    func outcome(of head: RequestHead, now: Int) -> Outcome {
        if let lines = Self.lines(head, "if-match") {
            guard EntityTagList(lines)?.matchesStrongly(tag) == true else { return .preconditionFailed }
        } else if let date = Self.date(head, "if-unmodified-since"), modified > date {
            return .preconditionFailed
        }
        if let lines = Self.lines(head, "if-none-match") {
            if EntityTagList(lines)?.matchesWeakly(tag) == true { return .notModified }
        } else if let date = Self.date(head, "if-modified-since"), modified <= date {
            return .notModified
        }
        // Ranges are of GET alone, and of one line.
        guard head.method == .get, let lines = Self.lines(head, "range"), lines.count == 1,
            isRangeWanted(head, now: now)
        else { return .whole }
        switch ByteRange(lines[0], size: size) {
        case .whole: return .whole
        case .part(let range): return .part(range)
        case .unsatisfiable: return .unsatisfiable
        }
    }

    /// If-Range: the file is the one that the client has a part of.
    private func isRangeWanted(_ head: RequestHead, now: Int) -> Bool {
        guard let lines = Self.lines(head, "if-range") else { return true }
        guard lines.count == 1 else { return false }
        if let date = HTTPDate.parse(lines[0]) {
            // A date tells two files apart when a second has passed since (RFC 9110 §8.8.2.2).
            return date == modified && modified < now
        }
        guard let list = EntityTagList(lines), !list.isAny, list.tags.count == 1 else { return false }
        return list.matchesStrongly(tag)
    }

    private static func lines(_ head: RequestHead, _ name: StaticString) -> [ArraySlice<UInt8>]? {
        let lines = head.fields.filter { head.isNamed($0, name) }.map { head.bytes[$0.value] }
        return lines.isEmpty ? nil : lines
    }

    /// A date that cannot be read, or a repeated field, is as none.
    private static func date(_ head: RequestHead, _ name: StaticString) -> Int? {
        guard let lines = lines(head, name), lines.count == 1 else { return nil }
        return HTTPDate.parse(lines[0])
    }
}
