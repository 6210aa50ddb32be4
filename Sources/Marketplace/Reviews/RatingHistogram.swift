// SPDX-License-Identifier: Apache-2.0
import HTTP

/// How often each number of stars was given.
struct RatingHistogram: Sendable, Equatable {
    /// One star first.
    let counts: [Int]

    init(_ counts: [Int] = [0, 0, 0, 0, 0]) {
        self.counts = counts
    }

    var total: Int { counts.reduce(0, +) }

    /// Hundredths of a star, rounded down as the catalogue's copy is; nil where nothing was given.
    var averageHundredths: Int? {
        let total = total
        guard total > 0 else { return nil }
        let sum = counts.enumerated().reduce(0) { $0 + ($1.offset + 1) * $1.element }
        return sum * 100 / total
    }
}

extension RatingHistogram: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("count", total)
            json.key("average")
            if let average = averageHundredths {
                json.raw("\(average / 100).\(average % 100 < 10 ? "0" : "")\(average % 100)".utf8)
            } else {
                json.null()
            }
            json.array("histogram") { json in
                for stars in counts.indices.reversed() {
                    json.object { json in
                        json.field("rating", stars + 1)
                        json.field("count", counts[stars])
                    }
                }
            }
        }
    }
}
