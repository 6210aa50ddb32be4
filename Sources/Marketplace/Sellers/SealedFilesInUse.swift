// SPDX-License-Identifier: Apache-2.0
public import Media
public import Postgres

/// Tells which of some sealed files a document names, for whoever sweeps the others.
public func sellersSealedFiles(
    pool: PostgresPool
) -> @Sendable ([PrivateFile]) async throws -> Set<PrivateFile> {
    { files in
        Set(try await KYCStore.files(in: files.map(\.name), pool.reads).compactMap { PrivateFile($0) })
    }
}
