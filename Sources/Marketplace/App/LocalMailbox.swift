// SPDX-License-Identifier: Apache-2.0
import Notifications

/// The mails of a shop without a mail server, as files.
public struct LocalMailbox {
    /// Where they are.
    public let path: String
    private let folder: MailFolder

    /// Finds the folder of a configuration.
    public init(_ configuration: AppConfiguration) {
        path = configuration.mailFolder
        folder = MailFolder(path)
    }

    /// A line for each mail, oldest first: file, recipient, subject.
    public func list() -> [String] {
        folder.files().map { name in
            let lines = folder.read(name)?.split(separator: "\r\n", maxSplits: 20) ?? []
            let fields = ["To: ", "Subject: "].map { field in
                lines.first { $0.hasPrefix(field) }?.dropFirst(field.count) ?? ""
            }
            return "\(name)  \(fields[0])  \(fields[1])"
        }
    }

    /// A mail as its file holds it; `last` names the newest.
    public func text(of name: String) -> String? {
        name == "last" ? folder.files().last.flatMap { folder.read($0) } : folder.read(name)
    }
}
