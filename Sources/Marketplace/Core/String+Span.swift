// SPDX-License-Identifier: Apache-2.0

extension String {
    /// Makes a string of at most `countMax` ASCII characters that `write` appends straight into its storage.
    @inlinable
    public init(countMax: Int, _ write: (inout OutputSpan<UInt8>) -> Void) {
        self.init(unsafeUninitializedCapacity: countMax) { room in
            var span = OutputSpan(buffer: room, initializedCount: 0)
            write(&span)
            return span.finalize(for: room)
        }
    }
}
