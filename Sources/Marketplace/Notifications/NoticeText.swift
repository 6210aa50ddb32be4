// SPDX-License-Identifier: Apache-2.0
import HTTP

/// What a notice says in one language: a title and a sentence, with places such as `{order}` that its facts fill.
struct NoticeText: Sendable {
    let title: String
    let body: String

    init(_ title: String, _ body: String) {
        self.title = title
        self.body = body
    }
}

extension MailLanguage {
    /// The text of a notice.
    func text(of notice: Notice) -> NoticeText {
        switch self {
        case .english: EnglishNotices.text(of: notice)
        case .hindi: HindiNotices.text(of: notice)
        }
    }

    /// The best of what a client accepts (`Accept-Language`, all its lines); English where it accepts none of ours.
    init(accepted lines: [String]) {
        self = AcceptLanguage.best(of: Self.allCases.map(\.rawValue), accepted: lines).flatMap(Self.init) ?? .english
    }
}
