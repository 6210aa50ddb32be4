// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import MarketApp

/// `mve mail`: the mails that were written into the folder, where no mail server is configured.
struct MailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "List the mails in the local folder, oldest first, or print one.")

    @Argument(help: "A file's name from the list; `last` is the newest.")
    var name: String?

    func run() throws {
        let box = LocalMailbox(try AppConfiguration.load())
        guard let name else {
            for mail in box.list() { print(mail) }
            return
        }
        guard let text = box.text(of: name) else { throw ValidationError("there is no such mail in \(box.path)") }
        print(text, terminator: "")
    }
}
