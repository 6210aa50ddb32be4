// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

@Suite struct JSONTreeTests {
    private func text(_ octets: [UInt8]) -> String { String(decoding: octets, as: UTF8.self) }

    private static let tree: JSONTree = [
        "name": "a \"quoted\"\nline", "count": -3, "average": .decimal("4.37"), "on": true, "none": .null,
        "200": ["empty": [:], "list": []],
        "items": [1, ["deep": ["x", "y"]], [2, [3]], []],
        "é": "ü",
    ]

    @Test func writesJSONInTheOrderGiven() throws {
        let json = text(Self.tree.jsonBytes())
        #expect(
            json
                == #"{"name":"a \"quoted\"\nline","count":-3,"average":4.37,"on":true,"none":null,"200":{"empty":{},"list":[]},"#
                + #""items":[1,{"deep":["x","y"]},[2,[3]],[]],"é":"ü"}"#)
        _ = try JSONDocument(parsing: Self.tree.jsonBytes())
    }

    @Test func writesYAMLInBlocksAndQuotesWhatCouldBeSomethingElse() {
        #expect(
            text(Self.tree.yamlBytes()) == #"""
                name: "a \"quoted\"\nline"
                count: -3
                average: 4.37
                "on": true
                none: null
                "200":
                  empty: {}
                  list: []
                items:
                  - 1
                  - deep:
                      - "x"
                      - "y"
                  - - 2
                    - - 3
                  - []
                "é": "ü"

                """#)
    }

    @Test(
        "a scalar or an empty container is a whole document",
        arguments: [
            (JSONTree.null, "null\n"), (.string("a"), "\"a\"\n"), (.object([]), "{}\n"), (.array([]), "[]\n"),
            (.int(7), "7\n"),
        ])
    func scalars(tree: JSONTree, expected: String) {
        #expect(text(tree.yamlBytes()) == expected)
    }

    @Test(
        "names are bare only where they are words",
        arguments: [
            ("a", "a"), ("x-y_2", "x-y_2"), ("y", "\"y\""), ("No", "\"No\""), ("null", "\"null\""), ("2x", "\"2x\""),
            ("$ref", "\"$ref\""), ("", "\"\""), ("a b", "\"a b\""), ("/p/", "\"/p/\""), ("-a", "\"-a\""),
        ])
    func names(name: String, expected: String) {
        #expect(text(JSONTree.object([.init(name, 1)]).yamlBytes()) == expected + ": 1\n")
    }
}
