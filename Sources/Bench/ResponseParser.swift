// SPDX-License-Identifier: Apache-2.0

/// Reads the answers of one connection, one after the other, wherever the network cut them.
///
/// As much of HTTP/1.1 as a server that is measured sends: a status line, `Content-Length`, keep-alive. A chunked answer is
/// refused, since its decoding would be measured too.
/// - Limits: a head of 16 KiB, a body of 4 MiB.
struct ResponseParser {
    enum Failure: Error, Equatable {
        case malformed
        case headTooLarge
        case bodyTooLarge
        /// Neither a length nor a status without a body.
        case withoutLength
        /// `Transfer-Encoding`.
        case encoded
    }

    /// A whole answer.
    struct Answer: Equatable {
        var status: Int
        /// Empty when the bodies are not kept.
        var body: [UInt8]
        /// Whether the connection serves another request.
        var keepsAlive: Bool
        /// Whether it says `Idempotent-Replayed: true`.
        var isReplay = false
    }

    static let headMax = 16 * 1024
    static let bodyMax = 4 << 20

    private enum State {
        case head
        case body(rest: Int)
    }

    /// Bodies that nobody reads are only counted.
    private let keepsBodies: Bool
    private var state = State.head
    private var head: [UInt8] = []
    /// How much of CR LF CR LF has been seen.
    private var endSeen = 0
    private var answer = Answer(status: 0, body: [], keepsAlive: true)

    init(keepsBodies: Bool) {
        self.keepsBodies = keepsBodies
        head.reserveCapacity(1024)
    }

    /// Whether a part of an answer has arrived.
    var isInside: Bool {
        if case .head = state { return !head.isEmpty }
        return true
    }

    /// Takes octets; returns the answer that they complete.
    ///
    /// - Throws: `Failure`, after which the connection is of no use. Octets behind a complete answer are `malformed`: only
    ///   one request is in flight.
    mutating func take(_ bytes: UnsafeBufferPointer<UInt8>) throws(Failure) -> Answer? {
        var position = 0
        while position < bytes.count {
            switch state {
            case .head:
                guard let end = headEnd(bytes, from: position) else {
                    head.append(contentsOf: bytes[position...])
                    if head.count > Self.headMax { throw .headTooLarge }
                    return nil
                }
                head.append(contentsOf: bytes[position..<end])
                position = end
                if head.count > Self.headMax { throw .headTooLarge }
                if try !readHead() { continue }
            case .body(let rest):
                let count = min(rest, bytes.count - position)
                if keepsBodies { answer.body.append(contentsOf: bytes[position..<position + count]) }
                position += count
                state = .body(rest: rest - count)
            }
            if case .body(0) = state {
                guard position == bytes.count else { throw .malformed }
                return finish()
            }
        }
        return nil
    }

    private mutating func finish() -> Answer {
        let complete = answer
        state = .head
        answer = Answer(status: 0, body: [], keepsAlive: true)
        return complete
    }

    /// The position behind the empty line, if it is in these octets.
    private mutating func headEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var position = start
        while position < bytes.count {
            let octet = bytes[position]
            position += 1
            if octet == UInt8(ascii: "\r") {
                endSeen = endSeen == 2 ? 3 : 1
            } else if octet == UInt8(ascii: "\n"), endSeen == 1 || endSeen == 3 {
                endSeen += 1
            } else {
                endSeen = 0
            }
            if endSeen == 4 {
                endSeen = 0
                return position
            }
        }
        return nil
    }

    /// Reads the gathered head; false for an interim answer (1xx), behind which the real one comes.
    private mutating func readHead() throws(Failure) -> Bool {
        defer { head.removeAll(keepingCapacity: true) }
        // "HTTP/1.1 200"
        guard head.count >= 16, head.starts(with: "HTTP/1.".utf8), head[8] == UInt8(ascii: " "),
            let status = Self.number(head[9..<12]), (100...599).contains(status)
        else { throw .malformed }
        if status < 200 { return false }
        answer.status = status
        answer.keepsAlive = head[7] == UInt8(ascii: "1")
        var length: Int?
        var start = (head.firstIndex(of: UInt8(ascii: "\n")) ?? head.count) + 1
        while start < head.count {
            let end = head[start...].firstIndex(of: UInt8(ascii: "\r")) ?? head.count
            if end == start { break }
            try readField(head[start..<end], &length)
            start = end + 2
        }
        if status == 204 || status == 304 { length = 0 }
        guard let length else { throw .withoutLength }
        if length > Self.bodyMax { throw .bodyTooLarge }
        if keepsBodies { answer.body.reserveCapacity(length) }
        state = .body(rest: length)
        return true
    }

    private mutating func readField(_ line: ArraySlice<UInt8>, _ length: inout Int?) throws(Failure) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { throw .malformed }
        let name = line[..<colon]
        let value = Self.trimmed(line[(colon + 1)...])
        if Self.isEqual(name, "content-length") {
            guard let number = Self.number(value), length == nil || length == number else { throw .malformed }
            length = number
        } else if Self.isEqual(name, "transfer-encoding") {
            throw .encoded
        } else if Self.isEqual(name, "idempotent-replayed") {
            answer.isReplay = Self.isEqual(value, "true")
        } else if Self.isEqual(name, "connection") {
            if Self.isEqual(value, "close") { answer.keepsAlive = false }
            if Self.isEqual(value, "keep-alive") { answer.keepsAlive = true }
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count <= 12 else { return nil }
        var value = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + Int(digit - 0x30)
        }
        return value
    }

    private static func trimmed(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var value = value
        while value.first == 0x20 || value.first == 0x09 { value.removeFirst() }
        while value.last == 0x20 || value.last == 0x09 { value.removeLast() }
        return value
    }

    /// Compares without regard to ASCII case; `lower` is in lower case.
    private static func isEqual(_ bytes: ArraySlice<UInt8>, _ lower: StaticString) -> Bool {
        guard bytes.count == lower.utf8CodeUnitCount else { return false }
        var position = lower.utf8Start
        for octet in bytes {
            let folded = (0x41...0x5A).contains(octet) ? octet | 0x20 : octet
            if folded != position.pointee { return false }
            position += 1
        }
        return true
    }
}
