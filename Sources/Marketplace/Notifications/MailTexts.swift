// SPDX-License-Identifier: Apache-2.0
import MarketHTTP

/// What a mail says in one language: a subject and lines, with places such as `{name}` that its data fill.
struct MailText: Sendable {
    let subject: String
    let lines: [String]

    init(_ subject: String, _ lines: String...) {
        self.subject = subject
        self.lines = lines
    }
}

/// The languages in which mails are written.
enum MailLanguage: String, CaseIterable, Sendable {
    case english = "en"
    case hindi = "hi"

    /// The language of a locale such as `hi-IN`; English for what we do not write.
    init(locale: String?) {
        let language = locale?.split(separator: "-").first.map(String.init)
        self = language.flatMap { MailLanguage(rawValue: $0) } ?? .english
    }

    /// The text of a mail.
    func text(of template: MailTemplate) -> MailText {
        switch self {
        case .english: EnglishMails.text(of: template)
        case .hindi: HindiMails.text(of: template)
        }
    }
}
