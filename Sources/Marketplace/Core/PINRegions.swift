// SPDX-License-Identifier: Apache-2.0

/// Which states a PIN code can be in, by its first digits: India Post numbers its sorting districts by them.
///
/// Districts that cross a border, or that were divided with their state, allow every state they touch: a right address is never
/// refused, a grossly wrong one is.
public enum PINRegions {
    /// By the first three digits, where these are narrower than the first two, or add to them.
    private static let districts: [Substring: Set<String>] = [
        "160": ["CH", "PB", "HR"], "194": ["LA"], "362": ["GJ", "DH"], "396": ["GJ", "DH"], "403": ["GA"],
        "416": ["MH", "GA"], "533": ["AP", "PY"], "605": ["PY", "TN"], "607": ["TN", "PY"], "609": ["TN", "PY"],
        "673": ["KL", "PY"], "682": ["KL", "LD"], "737": ["SK"], "744": ["AN"], "790": ["AR", "AS"],
        "791": ["AR", "AS"], "792": ["AR", "AS"], "793": ["ML"], "794": ["ML"], "795": ["MN"], "796": ["MZ"],
        "797": ["NL"], "798": ["NL"], "799": ["TR"],
    ]

    /// By the first two digits.
    private static let circles: [ClosedRange<Int>: Set<String>] = [
        11...11: ["DL"], 12...13: ["HR"], 14...15: ["PB"], 16...16: ["PB", "CH"], 17...17: ["HP"],
        18...19: ["JK", "LA"], 20...28: ["UP", "UK"], 30...34: ["RJ"], 36...39: ["GJ"], 40...44: ["MH"],
        45...48: ["MP"], 49...49: ["CG"], 50...50: ["TS", "AP"], 51...53: ["AP"], 56...59: ["KA"], 60...66: ["TN"],
        67...69: ["KL"], 70...74: ["WB"], 75...77: ["OD"], 78...78: ["AS"], 80...85: ["BR", "JH"],
    ]

    /// The army's post offices are wherever the army is.
    private static let army = 90...99

    /// The states that a PIN code of the right form can be in; empty where no sorting district has it.
    public static func states(of code: String, all: Set<String> = PostalAddress.states) -> Set<String> {
        if let exact = districts[code.prefix(3)] { return exact }
        guard let circle = Int(code.prefix(2)) else { return [] }
        if army.contains(circle) { return all }
        return circles.first { $0.key.contains(circle) }?.value ?? []
    }

    /// Whether any post office has a PIN code of the right form.
    public static func hasPost(_ code: String) -> Bool { !states(of: code).isEmpty }

    /// What is wrong with a PIN code of the right form in an address of a state; nil where nothing is.
    public static func fault(of code: String, in state: String) -> String? {
        let right = states(of: code)
        if right.contains(state) { return nil }
        return right.isEmpty ? "no post office has it" : "is in \(right.sorted().joined(separator: " or "))"
    }
}
