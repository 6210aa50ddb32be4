// SPDX-License-Identifier: Apache-2.0
public import MarketCore
public import MarketCrypto

extension Hash32 {
    /// The same 32 bytes.
    public init(_ digest: Digest256) {
        self.init(words: digest.words)
    }
}
