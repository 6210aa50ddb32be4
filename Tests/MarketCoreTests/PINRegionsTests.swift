// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Testing

@Suite struct PINRegionsTests {
    /// General post offices, as everybody can look them up.
    private static let offices: [(code: String, state: String)] = [
        ("110001", "DL"), ("122001", "HR"), ("141001", "PB"), ("160017", "CH"), ("171001", "HP"), ("180001", "JK"),
        ("194101", "LA"), ("226001", "UP"), ("248001", "UK"), ("302001", "RJ"), ("380001", "GJ"), ("396230", "DH"),
        ("362520", "DH"), ("400001", "MH"), ("403001", "GA"), ("462001", "MP"), ("492001", "CG"), ("500001", "TS"),
        ("520001", "AP"), ("533464", "PY"), ("560001", "KA"), ("600001", "TN"), ("605001", "PY"), ("609602", "PY"),
        ("673310", "PY"), ("682555", "LD"), ("695001", "KL"), ("700001", "WB"), ("737101", "SK"), ("744101", "AN"),
        ("751001", "OD"), ("781001", "AS"), ("791111", "AR"), ("793001", "ML"), ("795001", "MN"), ("796001", "MZ"),
        ("797001", "NL"), ("799001", "TR"), ("800001", "BR"), ("834001", "JH"),
    ]

    @Test func knowsTheCapitalOfEveryState() {
        for (code, state) in Self.offices {
            #expect(PINRegions.states(of: code, all: PostalAddress.states).contains(state), "\(code) \(state)")
        }
        #expect(Set(Self.offices.map(\.state)) == PostalAddress.states)
    }

    @Test func allowsFewStatesEach() {
        for (code, _) in Self.offices {
            let states = PINRegions.states(of: code, all: PostalAddress.states)
            #expect(states.count <= 3 && states.isSubset(of: PostalAddress.states))
        }
        #expect(PINRegions.states(of: "290001", all: PostalAddress.states).isEmpty)
        #expect(PINRegions.states(of: "900001", all: PostalAddress.states) == PostalAddress.states)
    }
}
