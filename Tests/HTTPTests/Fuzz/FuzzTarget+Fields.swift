// SPDX-License-Identifier: Apache-2.0

@testable import HTTP

extension FuzzTarget {
    /// Field values that are read by grammars of their own: nothing traps, and what is read is inside its bounds.
    static func fields(_ input: UnsafeBufferPointer<UInt8>) {
        let value = Array(input)[...]
        if case .part(let range) = ByteRange(value, size: 1000) {
            require(range.lowerBound >= 0 && range.upperBound <= 1000 && !range.isEmpty, "a range beyond: \(range)")
        }
        if let date = HTTPDate.parse(value) {
            let text = HTTPDate.text(seconds: date)
            require(HTTPDate.parse(Array(text.utf8)[...]) == date, "a date changes: \(text)")
        }
        _ = EntityTagList([value])
        if let list = ParameterList(value), let boundary = list["boundary"] { _ = MultipartBoundary(boundary) }
        let head = RequestHead()
        let name = Array("accept-encoding".utf8)
        guard input.count < 4096 else { return }
        head.bytes = name + input
        head.fields = [
            FieldRange(
                nameStart: 0, nameLength: UInt16(name.count), valueStart: UInt16(name.count),
                valueEnd: UInt16(head.bytes.count))
        ]
        _ = AcceptEncoding.prefersGzip(head)
        let fileName = MultipartHead.sanitised(String(decoding: input, as: UTF8.self))
        require(fileName.utf8.count <= 255 && !fileName.contains("/"), "a file name: \(fileName)")
    }
}
