// SPDX-License-Identifier: Apache-2.0

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

    /// The best of what a client accepts (`Accept-Language`, RFC 9110 §12.5.4); English where it accepts none of ours.
    init(accepted field: String?) {
        var best: (language: MailLanguage, weight: Int)?
        for item in (field ?? "").split(separator: ",").prefix(Self.acceptedMax) {
            let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let tag = parts.first?.split(separator: "-").first,
                let language = MailLanguage(rawValue: tag.lowercased())
            else { continue }
            let weight =
                parts.dropFirst().first { $0.hasPrefix("q=") }.map { Self.thousandths($0.dropFirst(2)) } ?? 1000
            if weight > best?.weight ?? 0 { best = (language, weight) }
        }
        self = best?.language ?? .english
    }

    /// Languages of a field that are looked at: browsers send a handful.
    private static let acceptedMax = 16

    /// `0.85` as 850; 0 for what is no weight.
    private static func thousandths(_ text: Substring) -> Int {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = parts.first.flatMap({ Int($0) }), (0...1).contains(whole), parts.count <= 2 else { return 0 }
        let digits = parts.count == 2 ? parts[1].prefix(3) : ""
        guard let part = Int(digits + String(repeating: "0", count: 3 - digits.count)), part >= 0 else { return 0 }
        return min(whole * 1000 + part, 1000)
    }
}
