// SPDX-License-Identifier: Apache-2.0

/// What a client says of languages (`Accept-Language`, RFC 9110 §12.5.4).
public enum AcceptLanguage {
    /// Ranges of a request that are looked at: browsers send a handful.
    private static let rangesMax = 16

    /// The language that a client likes best of those that are offered; nil where it says nothing, or accepts none of them.
    ///
    /// A range fits a language that it begins with (`hi-IN` fits `hi`), and `*` all that no other range fits. Of several that
    /// are liked as well as each other the one that is named first is taken. What cannot be read is overlooked: a wrong
    /// language is better than no answer.
    ///
    /// ```swift
    /// AcceptLanguage.best(of: ["en", "hi"], accepted: ["hi-IN, en;q=0.5"])  // "hi"
    /// ```
    /// - Parameters:
    ///   - offered: primary language tags in lower case, in the order in which they are preferred here.
    ///   - lines: the values of all fields of that name.
    public static func best(of offered: [String], accepted lines: [String]) -> String? {
        guard !lines.isEmpty else { return nil }
        var weights = [Int?](repeating: nil, count: offered.count)
        var named: [Int] = []
        var others: Int?
        for element in lines.flatMap({ QualityValue.elements(Array($0.utf8)[...]) }).prefix(rangesMax) {
            guard let (range, weight) = QualityValue.weighted(element) else { continue }
            if range.elementsEqual("*".utf8) {
                others = others ?? weight
                continue
            }
            let primary = range.prefix { $0 != UInt8(ascii: "-") }.map(\.lowered)
            guard let index = offered.firstIndex(where: { $0.utf8.elementsEqual(primary) }) else { continue }
            if weights[index] == nil { named.append(index) }
            weights[index] = max(weight, weights[index] ?? 0)
        }
        var best: (index: Int, weight: Int)?
        for index in named + offered.indices.filter({ weights[$0] == nil }) {
            let weight = weights[index] ?? others ?? 0
            if weight > best?.weight ?? 0 { best = (index, weight) }
        }
        return best.map { offered[$0.index] }
    }
}
