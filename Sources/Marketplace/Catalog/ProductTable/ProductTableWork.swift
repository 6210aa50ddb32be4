// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// The rows of one product, applied as one edit; as often as need be with fewer of them.
struct ProductTableWork {
    let table: ProductTable
    let rows: [ProductTableRow]
    let names: ProductTableNames
    let group: ProductTable.Group
    let sender: ProductTable.Sender
    let isTrusted: Bool
    let act: ProductAct
    let store: ProductTableStore

    /// - Returns: the rows that were refused, and what changed.
    /// - Throws: what the database throws; the caller's transaction is over then.
    func run() async throws -> (faults: [Int: ProductTable.Fault], news: [ProductNews]) {
        var faults: [Int: ProductTable.Fault] = [:]
        let said = group.rows.first { names.statements[$0] != nil }.flatMap { names.statements[$0] }
        for row in group.rows where names.statements[row] ?? said != said { faults[row] = .contradicts }
        while true {
            let left = group.rows.filter { faults[$0] == nil }
            guard !left.isEmpty else { return (faults, []) }
            let isSaid = left.contains { names.statements[$0] != nil }
            if group.product == nil, said != nil, !isSaid {
                for row in left { faults[row] = .productRefused }
                return (faults, [])
            }
            try await store.begin()
            do {
                let news = try await write(left, isSaid ? said : nil)
                try await store.keep()
                return (faults, news)
            } catch let problem as Problem where problem.status.code < 500 {
                try await store.undo()
                for (row, fault) in blame(problem, left) { faults[row] = fault }
            } catch let taken as NameTaken {
                try await store.undo()
                for row in left { faults[row] = taken.fault }
            }
        }
    }

    /// Another transaction has given the name away.
    private struct NameTaken: Error {
        let fault = ProductTable.Fault.nameTaken
    }

    private func write(_ left: [Int], _ said: [UInt8]?) async throws -> [ProductNews] {
        let writing = ProductWriting(ids: table.ids)
        let before: OwnedProduct?
        if let id = group.product {
            guard let found = try await act.store.lockedProduct(id, of: sender.seller) else { throw Problem(.notFound) }
            before = found
        } else {
            before = nil
        }
        let document = try JSONDocument(parsing: body(left, said, before))
        let edit = try JSONInput.read(document) { try ProductEdit.read(&$0, isNew: before == nil) }.value
        var product: OwnedProduct
        if let before {
            product = try await writing.apply(edit, to: before, isTrusted: isTrusted, act)
        } else {
            product = try await writing.create(edit, of: sender.seller, at: table.clock.now(), act)
            if let name = group.reference {
                guard try await store.name(product.id, name, of: sender.seller) else { throw NameTaken() }
            }
        }
        let isWaiting = product.moderation == .draft || product.moderation == .rejected
        if isWaiting, left.contains(where: { rows[$0].isSubmitted }) {
            var review = ProductReview(product)
            try review.submit(by: sender.user, isTrusted: isTrusted)
            product = try await writing.save(review, from: product, act)
        }
        return writing.changed
    }

    /// The body of the edit that the rows are.
    private func body(_ left: [Int], _ said: [UInt8]?, _ before: OwnedProduct?) -> [UInt8] {
        var json = JSONWriter(capacity: 1024 + left.count * 256)
        json.object { json in
            for (name, value) in said.flatMap({ ProductStore.document($0)?.members }) ?? [] {
                json.key(dynamic: name)
                json.raw(value.raw)
            }
            if let options = options(left, before) {
                json.key("options")
                ProductOption.write(options, to: &json)
            }
            json.array("variants") { json in
                for row in left { rows[row].writeVariant(names.variants[rows[row].sku]?.id, to: &json) }
            }
        }
        return json.bytes
    }

    /// The options of the product with what its rows name beyond them; nil where that is nothing. Rows of a product that has other
    /// variants, too, add values and no names: those would be left without one.
    private func options(_ left: [Int], _ before: OwnedProduct?) -> [ProductOption]? {
        let old = before?.proposal.fields.options ?? []
        let written = Set(left.compactMap { names.variants[rows[$0].sku]?.id })
        let isWhole = before?.kept.allSatisfy { written.contains($0.id) } ?? true
        var order = old.map(\.name)
        var values = Dictionary(old.map { ($0.name, $0.values) }, uniquingKeysWith: { $1 })
        for row in left {
            for (name, value) in rows[row].options {
                guard var known = values[name] else {
                    guard isWhole, order.count < ProductLimits.optionsMax else { continue }
                    order.append(name)
                    values[name] = [value]
                    continue
                }
                if known.contains(value) { continue }
                known.append(value)
                values[name] = known
            }
        }
        let new = order.map { ProductOption(name: $0, values: values[$0] ?? []) }
        return new == old ? nil : new
    }

    // MARK: Blame

    /// The rows that a refusal is laid at; one of them at least.
    private func blame(_ problem: Problem, _ left: [Int]) -> [(row: Int, fault: ProductTable.Fault)] {
        guard !problem.errors.isEmpty else {
            let fault = ProductTable.Fault(
                field: nil, code: problem.kind.code, message: problem.detail ?? problem.kind.title)
            return left.map { ($0, fault) }
        }
        var blamed: [Int: ProductTable.Fault] = [:]
        for item in problem.errors {
            let place = (item.pointer ?? "").dropFirst()
            let parts = place.split(separator: "/", maxSplits: 2)
            if parts.count > 1, parts[0] == "variants", let index = Int(parts[1]), left.indices.contains(index) {
                let field = parts.count > 2 ? ProductTableColumn.of(parts[2]) : nil
                let fault = ProductTable.Fault(field: field, code: item.code, message: item.message)
                blamed[left[index]] = blamed[left[index]] ?? fault
                continue
            }
            // Of the product: whoever describes it, unless its variants are wrong together.
            let isOfAll = parts.first == "variants" || parts.first == "options"
            let describing = isOfAll ? [] : left.filter { names.statements[$0] != nil }
            let fault = ProductTable.Fault(
                field: place.isEmpty ? nil : ProductTableColumn.of(place), code: item.code, message: item.message)
            for row in describing.isEmpty ? left : describing { blamed[row] = blamed[row] ?? fault }
        }
        return blamed.map { ($0.key, $0.value) }
    }
}
