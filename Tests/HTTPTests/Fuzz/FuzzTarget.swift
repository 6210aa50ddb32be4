// SPDX-License-Identifier: Apache-2.0

@testable import HTTP

/// What reads octets of strangers, each with the laws that hold whatever they are. A broken law traps, like a fault.
///
/// Run by libFuzzer (scripts/fuzz) and, on the kept corpora, by `CorpusTests`.
enum FuzzTarget: String, CaseIterable, Sendable {
    /// A stream of requests: the same requests wherever it is cut.
    case requests
    /// The rest of a body in chunks: the same data wherever it is cut, never more than allowed.
    case chunks
    /// A JSON text: its canonical form is canonical and means the same.
    case json
    /// A query or form: what was decoded, encoded again, decodes to the same pairs.
    case query
    /// A form of parts: the same parts wherever it is cut.
    case multipart
    /// A form of pairs: the same pairs wherever it is cut.
    case form
    /// A coded body: the same octets wherever it is cut, never more than allowed.
    case gzip
    /// Values of fields about bodies and files: what is read stands inside its bounds.
    case fields
    /// A table in CSV: the same records wherever it is cut, and again when they are written.
    case tables

    /// Reads the octets; returns where nothing is wrong with us.
    func run(_ input: UnsafeBufferPointer<UInt8>) {
        switch self {
        case .requests: Self.requests(input)
        case .chunks: Self.chunks(input)
        case .json: Self.json(input)
        case .query: Self.query(input)
        case .multipart: Self.multipart(input)
        case .form: Self.form(input)
        case .gzip: Self.gzip(input)
        case .fields: Self.fields(input)
        case .tables: Self.tables(input)
        }
    }

    /// Traps with a word about why: in release builds a precondition's own is not printed.
    static func require(_ holds: Bool, _ otherwise: @autoclosure () -> String) {
        if holds { return }
        print(otherwise())
        preconditionFailure("a law is broken")
    }

    /// Places to cut an input at: all of them when it is short, else some that its own octets choose.
    static func cuts(_ input: UnsafeBufferPointer<UInt8>) -> [[Int]] {
        guard input.count > 1 else { return [] }
        if input.count <= 64 { return [Array(1..<input.count)] }
        var seed = UInt64(input.count)
        for octet in input { seed = (seed ^ UInt64(octet)) &* 0x100_0000_01B3 }
        let first = Int(seed % UInt64(input.count - 1)) + 1
        let second = Int((seed >> 32) % UInt64(input.count - 1)) + 1
        return [[first], [min(first, second), max(first, second)]]
    }

    private static func requests(_ input: UnsafeBufferPointer<UInt8>) {
        let octets = Array(input)
        let whole = ParsedStream(octets)
        for cuts in cuts(input) {
            let cut = ParsedStream(octets, cuts: cuts)
            require(cut == whole, "the cuts \(cuts) change the requests: \(cut) instead of \(whole)")
        }
    }

    // MARK: Chunks

    private struct Decoded: Equatable {
        var data: [UInt8] = []
        var failure: ParseFailure?
        var hasEnded = false
    }

    private static let chunkedMax = 4096

    private static func chunks(_ input: UnsafeBufferPointer<UInt8>) {
        let whole = decoded(input, cuts: [])
        require(whole.data.count <= chunkedMax, "more data than allowed: \(whole.data.count)")
        for cuts in cuts(input) {
            let cut = decoded(input, cuts: cuts)
            require(cut == whole, "the cuts \(cuts) change the body: \(cut) instead of \(whole)")
        }
    }

    private static func decoded(_ input: UnsafeBufferPointer<UInt8>, cuts: [Int]) -> Decoded {
        var decoder = ChunkedDecoder(limits: ParserLimits())
        var result = Decoded()
        var start = 0
        for end in cuts + [input.count] {
            let piece = UnsafeBufferPointer(rebasing: input[start..<end])
            start = end
            var consumed = 0
            do throws(ParseFailure) {
                reading: while true {
                    switch try decoder.next(piece, &consumed, bodyMax: chunkedMax) {
                    case .needMore: break reading
                    case .data(let data): result.data.append(contentsOf: data)
                    case .end:
                        result.hasEnded = true
                        return result
                    }
                }
            } catch {
                result.failure = error
                return result
            }
        }
        return result
    }

    // MARK: Texts

    private static func json(_ input: UnsafeBufferPointer<UInt8>) {
        guard let document = try? JSONDocument(parsing: Array(input)) else { return }
        let canonical = document.canonical()
        guard let again = try? JSONDocument(parsing: canonical) else {
            return require(false, "the canonical form is no JSON: \(canonical)")
        }
        require(again.canonical() == canonical, "the canonical form is not canonical: \(canonical)")
        // What a handler would read of it.
        _ = try? JSONInput.read(document) { body in
            (body.string("a"), body.optionalInt("b"), body.array("c", count: 0...4) { $0.bool("d") })
        }
    }

    private static func query(_ input: UnsafeBufferPointer<UInt8>) {
        guard let items = try? QueryItems(decoding: Array(input)) else { return }
        let encoded = items.pairs.map { escaped($0.name) + [UInt8(ascii: "=")] + escaped($0.value) }
        guard let again = try? QueryItems(decoding: Array(encoded.joined(separator: [UInt8(ascii: "&")]))) else {
            return require(false, "the pairs do not survive: \(items.pairs)")
        }
        require(again == items, "the pairs change: \(again.pairs) instead of \(items.pairs)")
    }

    private static func escaped(_ text: String) -> [UInt8] {
        text.utf8.flatMap { [UInt8(ascii: "%"), hexDigit($0 >> 4), hexDigit($0 & 15)] }
    }
}
