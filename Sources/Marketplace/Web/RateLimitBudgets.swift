// SPDX-License-Identifier: Apache-2.0

/// The budgets in force: those of the API's contract, or what a policy file puts in their place.
///
/// **Shape** of a file: a line for each policy that differs, `NAME QUOTA/PERIOD`; blank lines and lines with `#` at their
/// beginning say nothing.
///
/// ```
/// # a campaign: more readers behind one address
/// read     600/min
/// register 20/min
/// ```
public struct RateLimitBudgets: Hashable, Sendable {
    private var budgets: [RateLimitBudget]

    /// The budgets of the API's contract.
    public static let standard = RateLimitBudgets(budgets: RateLimitPolicy.allCases.map(\.standardBudget))

    /// A line that is none.
    public struct Mistake: Hashable, Sendable {
        /// Counted from 1.
        public let line: Int
        /// What is wrong with it and what would be right.
        public let message: String
    }

    /// Everything that is wrong with a file.
    public struct Mistakes: Error, Hashable, Sendable {
        /// In the order of the lines, never empty.
        public let list: [Mistake]
    }

    private init(budgets: [RateLimitBudget]) {
        self.budgets = budgets
    }

    /// Reads a file's text.
    ///
    /// - Throws: `Mistakes` with every wrong line; a file that says nothing is one.
    public init(parsing text: String) throws(Mistakes) {
        self = .standard
        var mistakes: [Mistake] = []
        var seen: Set<RateLimitPolicy> = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }
            guard let name = words.first, !name.hasPrefix("#") else { continue }
            if let message = read(name, words.dropFirst(), &seen) {
                mistakes.append(Mistake(line: index + 1, message: message))
            }
        }
        if seen.isEmpty, mistakes.isEmpty { mistakes = [Mistake(line: 1, message: "the file names no policy")] }
        guard mistakes.isEmpty else { throw Mistakes(list: mistakes) }
    }

    /// What is wrong with a line; nil when it was taken.
    private mutating func read(
        _ name: Substring, _ values: ArraySlice<Substring>, _ seen: inout Set<RateLimitPolicy>
    ) -> String? {
        guard let policy = RateLimitPolicy(rawValue: String(name)) else {
            let known = RateLimitPolicy.allCases.map(\.rawValue).joined(separator: ", ")
            return "no policy is called \(name.prefix(40)); there are \(known)"
        }
        guard seen.insert(policy).inserted else { return "\(name) stands in an earlier line already" }
        guard values.count == 1, let value = values.first, let budget = RateLimitBudget(value) else {
            return "\(name) needs one budget such as 300/min: 1 to \(RateLimitBudget.quotaMax) per s, min, h or day"
        }
        budgets[policy.index] = budget
        return nil
    }

    /// The budget of a policy.
    public subscript(policy: RateLimitPolicy) -> RateLimitBudget { budgets[policy.index] }
}
