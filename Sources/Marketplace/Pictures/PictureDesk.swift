// SPDX-License-Identifier: Apache-2.0
public import HTTP
public import MarketCore
public import Media
import UVRuntime

/// Makes pictures anew and keeps their files: one for each loop.
public struct PictureDesk: Sendable {
    private let files: FileStore
    private let images: ImageProcessor
    private let ids: IDGenerator

    /// Puts the parts together.
    public init(files: FileStore, images: ImageProcessor, ids: IDGenerator) {
        self.files = files
        self.images = images
        self.ids = ids
    }

    /// Makes a picture of what was sent. Its file is durable before anybody writes a row; a file whose row never came goes with the
    /// sweep.
    ///
    /// - Throws: `Problem` 413, 415; 422 for what cannot be decoded; 503 where too many wait.
    public nonisolated(nonsending) func publish(_ part: FormPart) async throws -> Picture {
        let processed: ProcessedImage
        do {
            processed = try await images.process(try await part.octets())
        } catch let error as ImageError {
            throw error.problem()
        }
        let file = try await files.publish(processed)
        return Picture(id: ids.next(), file: file, width: processed.width, height: processed.height)
    }
}
