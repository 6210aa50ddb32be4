// SPDX-License-Identifier: Apache-2.0

/// The texts of problems in one language.
public struct ProblemLanguage: Sendable {
    /// The language tag, a primary one in lower case: `hi`.
    public let tag: String
    /// Titles by code; a problem whose code is missing keeps the title of its kind.
    public let titles: [String: String]
    /// Details by the text that they are thrown with. What has no other text is told as it is: better in another language
    /// than not at all.
    public let details: [String: String]

    /// States them.
    public init(_ tag: String, titles: [String: String] = [:], details: [String: String] = [:]) {
        self.tag = tag
        self.titles = titles
        self.details = details
    }
}

/// The languages in which a server tells its problems.
///
/// Only who gets a problem pays for the choice. Its document is never kept by caches (`Cache-Control: no-store` unless the
/// problem says otherwise), so that no `Vary` has to tell them what it depends on.
public final class ProblemLanguages: Sendable {
    /// The language that problems are written in; it needs no texts.
    public let own: ProblemLanguage
    /// The others.
    public let others: [ProblemLanguage]
    private let tags: [String]

    /// States them.
    public init(own tag: String, others: [ProblemLanguage]) {
        own = ProblemLanguage(tag)
        self.others = others
        tags = [tag] + others.map(\.tag)
    }

    /// The language for who accepts this; the own one where it is none of ours.
    public func language(accepted lines: [String]) -> ProblemLanguage {
        guard let tag = AcceptLanguage.best(of: tags, accepted: lines) else { return own }
        return others.first { $0.tag == tag } ?? own
    }

    /// The language for the sender of a request; without one, the own.
    func language(for head: RequestHead?) -> ProblemLanguage {
        language(accepted: head?.values("accept-language") ?? [])
    }
}

extension Problem {
    /// The problem as the answer to a request, in the language that its sender likes best.
    public func response(to request: RequestContext, in languages: ProblemLanguages) -> HTTPResponse {
        response(requestID: request.requestID, in: languages.language(for: request.head))
    }
}
