// SPDX-License-Identifier: Apache-2.0
import Testing
import UVRuntime

/// A small mail server on a socket, whose answers a test chooses; it lives on the test's loop.
final class MailServer: @unchecked Sendable {  // touched on its loop only
    /// What it does with a command instead of taking it.
    enum Reaction: Sendable {
        case take
        case answer(String)
        case hangUp
        case silence
    }

    /// The mails that it took.
    private(set) var mails: [(from: String, to: [String], message: String)] = []
    private(set) var commands: [String] = []
    private(set) var port: UInt16 = 0
    private var listener: TCPListener?
    /// By the command's first word in capitals; `.` is the end of a message.
    var reactions: [String: Reaction] = [:]

    init(loop: EventLoop) throws {
        let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
        listener = try TCPListener(loop: loop, address: address, refused: { Issue.record($0) }) {
            [unowned self] stream in
            let connection = MailConnection(stream: stream, server: self)
            stream.start(connection)
            connection.greet()
        }
        port = try #require(listener?.localAddress?.port)
    }

    var url: String { "smtp://127.0.0.1:\(port)" }

    func close() { listener?.close() }

    fileprivate func took(_ from: String, _ to: [String], _ message: String) {
        mails.append((from, to, message))
    }

    fileprivate func reaction(to command: String) -> Reaction {
        let word = command.split(separator: " ").first.map { $0.uppercased() } ?? ""
        commands.append(word)
        return reactions[word] ?? .take
    }
}

private final class MailConnection: TCPStreamHandler, @unchecked Sendable {  // touched on its loop only
    private let stream: TCPStream
    private let server: MailServer
    private var bytes: [UInt8] = []
    private var from = ""
    private var to: [String] = []
    private var isMessage = false
    private var message: [String] = []

    init(stream: TCPStream, server: MailServer) {
        self.stream = stream
        self.server = server
    }

    func greet() { act(server.reaction(to: "CONNECT")) { "220 mail.test ready" } }

    func streamReceived(_ more: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: more)
        while let end = bytes.firstIndex(of: 0x0A) {
            let line = String(decoding: bytes[..<end].dropLast(bytes[..<end].last == 0x0D ? 1 : 0), as: UTF8.self)
            bytes.removeFirst(end + 1)
            if isMessage { receive(messageLine: line) } else { receive(line) }
        }
    }

    private func receive(_ command: String) {
        let address = command.split(separator: "<").last?.prefix { $0 != ">" }
        act(server.reaction(to: command)) { [self] in
            switch command.prefix(4).uppercased() {
            case "EHLO": return "250-mail.test\r\n250 8BITMIME"
            case "MAIL":
                from = String(address ?? "")
                return "250 go on"
            case "RCPT":
                to.append(String(address ?? ""))
                return "250 go on"
            case "DATA":
                isMessage = true
                return "354 send it"
            case "QUIT": return "221 bye"
            default: return "502 what"
            }
        }
    }

    private func receive(messageLine line: String) {
        guard line == "." else {
            message.append(line.hasPrefix(".") ? String(line.dropFirst()) : line)
            return
        }
        isMessage = false
        act(server.reaction(to: ".")) { [self] in
            server.took(from, to, message.joined(separator: "\r\n") + "\r\n")
            return "250 taken"
        }
    }

    private func act(_ reaction: MailServer.Reaction, _ take: () -> String) {
        switch reaction {
        case .take: write(take())
        case .answer(let line): write(line)
        case .hangUp: stream.close()
        case .silence: break
        }
    }

    private func write(_ line: String) {
        stream.output.append(contentsOf: (line + "\r\n").utf8)
        stream.scheduleFlush()
    }

    func streamEnded(_ error: UVError?) { stream.close() }
    func streamDrained() {}
    func streamClosed() {}
}
