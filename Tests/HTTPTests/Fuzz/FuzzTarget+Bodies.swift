// SPDX-License-Identifier: Apache-2.0

@testable import HTTP

/// Decoders of bodies: what they make of octets does not depend on how these arrive.
extension FuzzTarget {
    /// What a decoder gave, whole.
    private struct Outcome: Equatable {
        var parts: [String] = []
        var data: [UInt8] = []
        var failure: ParseFailure?
    }

    // MARK: Multipart

    /// The boundary that corpora use; a fuzzer finds no other.
    static let boundary = Array("b0undary".utf8)

    static func multipart(_ input: UnsafeBufferPointer<UInt8>) {
        let whole = multipart(input, cuts: [])
        require(whole.data.count <= input.count, "more data than octets: \(whole.data.count)")
        for cuts in cuts(input) {
            let cut = multipart(input, cuts: cuts)
            require(cut == whole, "the cuts \(cuts) change the form: \(cut) instead of \(whole)")
        }
    }

    private static func multipart(_ input: UnsafeBufferPointer<UInt8>, cuts: [Int]) -> Outcome {
        var outcome = Outcome()
        guard let boundary = MultipartBoundary(boundary) else { return outcome }
        var limits = MultipartLimits()
        limits.partHeadMax = 256
        var parser = MultipartParser(boundary: boundary, limits: limits)
        do throws(ParseFailure) {
            for piece in pieces(input, cuts) {
                try parser.feed(piece) { (event) throws(ParseFailure) in
                    switch event {
                    case .part(let head): outcome.parts.append("\(head)")
                    case .data(let data): outcome.data += data
                    case .partEnd: outcome.parts.append("\(outcome.data.count)")
                    }
                }
            }
            try parser.finish()
        } catch {
            outcome.failure = error
        }
        return outcome
    }

    // MARK: Forms

    static func form(_ input: UnsafeBufferPointer<UInt8>) {
        let whole = form(input, cuts: [])
        for cuts in cuts(input) {
            let cut = form(input, cuts: cuts)
            require(cut == whole, "the cuts \(cuts) change the form: \(cut) instead of \(whole)")
        }
    }

    private static func form(_ input: UnsafeBufferPointer<UInt8>, cuts: [Int]) -> Outcome {
        var outcome = Outcome()
        var decoder = FormDecoder()
        do throws(ParseFailure) {
            for piece in pieces(input, cuts) { try decoder.feed(piece) }
            try decoder.finish()
            outcome.parts = decoder.pairs.map { "\($0)" }
        } catch {
            outcome.failure = error
        }
        return outcome
    }

    // MARK: Gzip

    private static let decodedMax = 64 * 1024

    static func gzip(_ input: UnsafeBufferPointer<UInt8>) {
        let whole = gzip(input, cuts: [])
        require(whole.data.count <= decodedMax, "more than allowed: \(whole.data.count)")
        for cuts in cuts(input) {
            let cut = gzip(input, cuts: cuts)
            // How much had come when a fault was found depends on the cuts; a caller throws it away.
            require(cut.failure == nil || whole.failure != nil, "the cuts \(cuts) break the stream: \(cut)")
            guard whole.failure == nil else { continue }
            require(cut == whole, "the cuts \(cuts) change the body: \(cut) instead of \(whole)")
        }
    }

    private static func gzip(_ input: UnsafeBufferPointer<UInt8>, cuts: [Int]) -> Outcome {
        var outcome = Outcome()
        do throws(ParseFailure) {
            var decoder = try GzipDecoder(limits: GzipLimits(decodedMax: decodedMax))
            for piece in pieces(input, cuts) {
                var consumed = 0
                while let block = try decoder.next(piece, &consumed) { outcome.data += block }
            }
            try decoder.finish()
        } catch {
            outcome.failure = error
        }
        return outcome
    }

    private static func pieces(_ input: UnsafeBufferPointer<UInt8>, _ cuts: [Int]) -> [UnsafeBufferPointer<UInt8>] {
        zip([0] + cuts, cuts + [input.count]).map { UnsafeBufferPointer(rebasing: input[$0..<$1]) }
    }
}
