// SPDX-License-Identifier: Apache-2.0

extension JSONDocument {
    /// The one octet sequence that stands for this value however it was sent.
    ///
    /// - Shape: no white space; members sorted by the UTF-8 octets of their names; strings in the writer's escaping;
    ///   numbers by their literal text (`1` and `1.0` stay different); arrays in order; no Unicode normalisation.
    /// - Cost: one pass, and one sort per object.
    public func canonical() -> [UInt8] {
        var json = JSONWriter(capacity: bytes.count)
        bytes.withUnsafeBufferPointer { buffer in
            // A parsed text is never empty.
            guard let base = buffer.baseAddress else { return }
            writeCanonical(0, base, to: &json)
        }
        return json.bytes
    }

    private func writeCanonical(_ index: Int, _ base: UnsafePointer<UInt8>, to json: inout JSONWriter) {
        let node = nodes[index]
        switch node.kind {
        case .object:
            json.object { json in
                JSONNames(base: base, nodes: nodes, object: index).withSorted { names in
                    for name in names {
                        JSONValue(document: self, index: name).withText { json.string($0) }
                        json.colon()
                        writeCanonical(name + 1, base, to: &json)
                    }
                }
            }
        case .array:
            json.array { json in
                var element = index + 1
                while element < Int(node.next) {
                    writeCanonical(element, base, to: &json)
                    element = Int(nodes[element].next)
                }
            }
        case .string: JSONValue(document: self, index: index).withText { json.string($0) }
        case .null, .bool, .integer, .decimal: json.raw(bytes[Int(node.start)..<Int(node.end)])
        }
    }
}
