// SPDX-License-Identifier: Apache-2.0
public import MarketCore

/// A kind of change that other processes want to hear of before what they remember grows old; raw values are the channels.
public enum SharedChange: String, CaseIterable, Hashable, Sendable {
    /// Units came back: what was sold out may be had again. Decreases are carried by refusals and returned rows.
    case stock = "mve_stock"
    /// Price, tax or sellability of an offer changed.
    case offers = "mve_offers"
}

/// Tells the other processes what changed, after the commit that changed it (hot path rule 13).
///
/// It only makes staleness shorter: every memory is judged by the database, so nothing may depend on the news arriving.
public protocol ChangeNews: Sendable {
    /// These variants changed; their commit is done.
    func announce(_ change: SharedChange, of variants: [VariantID]) async
}

/// Tells nobody: for a process without neighbours, and for tests that everything stays right without news.
public struct NoNews: ChangeNews {
    /// Makes one.
    public init() {}

    public func announce(_ change: SharedChange, of variants: [VariantID]) async {}
}

/// The text of one notification: who sent it, and which variants changed.
struct ChangeMessage: Equatable {
    /// The sender's worker number, so that nobody hears itself.
    let sender: Int
    /// nil: any of them may have changed.
    let variants: [VariantID]?

    /// PostgreSQL takes 7,999 bytes; an id has at most 19 digits and a comma.
    static let variantsMax = 256

    init(sender: Int, variants: [VariantID]?) {
        self.sender = sender
        self.variants = variants
    }

    /// Reads a payload; nil for one that we did not write.
    init?(payload: String) {
        let parts = payload.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let sender = Int(parts[0]) else { return nil }
        if parts[1] == "*" {
            self.init(sender: sender, variants: nil)
            return
        }
        var variants: [VariantID] = []
        for text in parts[1].split(separator: ",") {
            guard let number = Int64(text) else { return nil }
            variants.append(VariantID(rawValue: number))
        }
        self.init(sender: sender, variants: variants)
    }

    var payload: String {
        let list = variants?.map { "\($0.rawValue)" }.joined(separator: ",")
        return "\(sender):\(list ?? "*")"
    }
}
