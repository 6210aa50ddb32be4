// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP
import Synchronization

/// A finished answer of the catalogue: encoded once, given to everybody who asks the same.
///
/// - Isolation: immutable but for its gzip, which is made when the first client wants it.
final class CatalogAnswer: Sendable {
    /// What an answer shows, and so which news make it old.
    struct Shown: Sendable, Equatable {
        /// The product of a detail; nil for a page, which any product may enter or leave.
        var product: ProductID?
        /// The seller of a detail's product.
        var seller: SellerID?
        /// The product's name in addresses.
        var slug: String?
        /// The variants whose stock shows in it, ascending.
        var variants: [VariantID] = []

        /// The stock of any variant may bring a product in: what is out of stock is left out.
        var followsAllStock = false

        /// Whether the news may change what is shown.
        func isOutdated(by change: SharedChange) -> Bool {
            switch change {
            case .stock(let changed), .sold(let changed): followsAllStock || isShowing(changed)
            case .offers(let changed): product == nil || isShowing(changed)
            case .products(let changed), .ratings(let changed): product.map { changed?.contains($0) ?? true } ?? true
            // A page shows sellers that it does not name.
            case .sellers(let changed): seller.map { changed?.contains($0) ?? true } ?? true
            case .users, .commissions, .notifications, .carts: false
            }
        }

        private func isShowing(_ changed: [VariantID]?) -> Bool {
            guard let changed else { return true }
            return changed.contains { variant in
                let place = variants.partitioningIndex { $0.rawValue >= variant.rawValue }
                return place < variants.count && variants[place] == variant
            }
        }
    }

    let body: [UInt8]
    let tag: EntityTag
    let shown: Shown
    /// Of counts: whether they are of a part of the products only.
    let isPartial: Bool
    /// When the oldest part that came from memory was read; nil where all of it is new.
    let partsSince: UInt64?
    private let headers: [HTTPHeader]
    /// The outer nil: not tried yet; the inner one: hardly shorter.
    private let gzip = Mutex<[UInt8]??>(nil)

    /// - Parameter tagPrefix: what stands in the entity tag before the digits of the body's hash.
    init(
        _ body: [UInt8], tagPrefix: String = "", isPartial: Bool = false, partsSince: UInt64? = nil, shown: Shown
    ) {
        self.body = body
        self.isPartial = isPartial
        self.partsSince = partsSince
        self.shown = shown
        tag = EntityTag(contentOf: body, prefix: tagPrefix)
        headers = [tag.header, CatalogCaching.control, CatalogCaching.vary]
    }

    /// Octets that it takes in memory: the body, once more for its gzip, and the variants.
    var byteCount: Int { 256 + body.count + body.count / 4 + shown.variants.count * 8 }

    /// The answer to a request, or 304 when the client has it already.
    func response(to request: RequestContext) -> HTTPResponse {
        if request.headerBytes("If-None-Match") != nil, tag.isNamed(byIfNoneMatch: request.header("If-None-Match")) {
            return HTTPResponse(.notModified, headers: headers)
        }
        var response = HTTPResponse(.ok, headers: headers, body: body)
        if request.prefersGzip { response.gzipBody = coded }
        return response
    }

    private var coded: [UInt8]? {
        gzip.withLock { known in
            if let known { return known }
            let made = HTTPResponse.gzipBody(of: body)
            known = .some(made)
            return made
        }
    }
}

extension Array {
    /// The first index of a sorted array at which the predicate holds; the end where it never does.
    fileprivate func partitioningIndex(where isBehind: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
