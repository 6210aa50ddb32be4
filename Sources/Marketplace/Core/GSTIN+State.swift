// SPDX-License-Identifier: Apache-2.0

extension GSTIN {
    /// The state or union territory that gave it, as addresses name it; nil for a registration of the centre.
    public var state: String? { Self.states[String(text.prefix(2))] }

    /// 25 and 28 are of states that were joined and divided since; their numbers are still in use.
    private static let states: [String: String] = [
        "01": "JK", "02": "HP", "03": "PB", "04": "CH", "05": "UK", "06": "HR", "07": "DL", "08": "RJ", "09": "UP",
        "10": "BR", "11": "SK", "12": "AR", "13": "NL", "14": "MN", "15": "MZ", "16": "TR", "17": "ML", "18": "AS",
        "19": "WB", "20": "JH", "21": "OD", "22": "CG", "23": "MP", "24": "GJ", "25": "DH", "26": "DH", "27": "MH",
        "28": "AP", "29": "KA", "30": "GA", "31": "LD", "32": "KL", "33": "TN", "34": "PY", "35": "AN", "36": "TS",
        "37": "AP", "38": "LA",
    ]
}
