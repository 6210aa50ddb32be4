// SPDX-License-Identifier: Apache-2.0
public import HTTP
internal import UVRuntime

extension FormPart {
    /// All octets, from memory or from the disk; for files whose length the route bounds.
    ///
    /// - Throws: `SpoolError`; `RuntimeError.offloadsExhausted`.
    /// - Isolation: on a loop.
    public nonisolated(nonsending) func octets() async throws -> [UInt8] {
        switch content {
        case .bytes(let bytes): bytes
        case .file(let file): try await file.read(at: 0, count: file.size)
        }
    }

    /// The kind of the content, by its first octets; nil for one that is not known.
    public nonisolated(nonsending) func sniffed() async throws -> MediaKind? {
        switch content {
        case .bytes(let bytes): MediaKind(sniffing: bytes)
        case .file(let file): MediaKind(sniffing: try await file.read(at: 0, count: MediaKind.prefixCount))
        }
    }
}
