// SPDX-License-Identifier: Apache-2.0
import MarketCore
import Postgres

/// A facet's values and in how many products each is found.
struct FacetCounts: Sendable, Equatable {
    struct Value: Sendable, Equatable {
        let value: String
        let count: Int
    }

    let name: String
    var values: [Value]
}

extension CatalogStore {
    /// A page of the products that a filter holds, with one more than the limit when there are more.
    ///
    /// - Cost: one statement; an order's index leads it, or the filter's, as the planner finds cheaper.
    func products(
        filtered filter: ProductFilter, sort: ProductSort, after: (key: Int64, id: ProductID)?, limit: Int
    ) async throws(PostgresError) -> [ProductCard] {
        var sql = FilterSQL()
        var conditions = sql.all(filter)
        let order = sort.order
        if let after {
            let key = sort == .newest ? sql.bind(PostgresTimestamp(microseconds: after.key)) : sql.bind(after.key)
            conditions += " and (p.\(order.key), p.id) \(order.comparison) (\(key), \(sql.bind(after.id.rawValue)))"
        }
        let text = """
            select \(ProductSQL.card)
              from (select p.* from catalog.products p where \(conditions)
                     order by p.\(order.key) \(order.direction), p.id \(order.direction) limit \(sql.bind(limit + 1))) p
              \(ProductSQL.cardTables)
             order by p.\(order.key) \(order.direction), p.id \(order.direction)
            """
        let rows = try await searches.run(
            PostgresCall(PostgresSQL(text: text), parameters: sql.parameters, isPrepared: false))
        var cards: [ProductCard] = []
        cards.reserveCapacity(rows.count)
        for row in rows { cards.append(try Self.card(row)) }
        return cards
    }

    /// How many products a filter holds.
    ///
    /// - Cost: one statement, linear in the products that it counts, 10,001 at most.
    func productCount(filtered filter: ProductFilter) async throws(PostgresError) -> BoundedCount {
        var sql = FilterSQL()
        let conditions = sql.all(filter)
        let text = """
            select count(*) from (select 1 from catalog.products p where \(conditions) limit \(BoundedCount.exactMax + 1)) c
            """
        let rows = try await searches.run(
            PostgresCall(PostgresSQL(text: text), parameters: sql.parameters, isPrepared: false))
        return BoundedCount(try rows.only().int(0))
    }

    /// In how many products each value of each facet is found; a facet's counts ignore what is chosen of itself.
    ///
    /// - Returns: the facets of most products first, and whether there were more products than are counted.
    /// - Cost: one statement, linear in the products that the filter holds without its selections, 10,000 at most: a tenth of a
    ///   second.
    func facets(_ filter: ProductFilter) async throws(PostgresError) -> (facets: [FacetCounts], isPartial: Bool) {
        var sql = FilterSQL()
        let text = Self.facetText(filter, &sql)
        let rows = try await searches.run(
            PostgresCall(PostgresSQL(text: text), parameters: sql.parameters, isPrepared: false))
        var facets: [FacetCounts] = []
        var isPartial = false
        for row in rows {
            // The first row tells how many products there were.
            guard let name = try row.stringOrNil(0) else {
                isPartial = try row.int(2) > FacetLimits.countedMax
                continue
            }
            if facets.last?.name != name { facets.append(FacetCounts(name: name, values: [])) }
            facets[facets.count - 1].values.append(.init(value: try row.string(1), count: try row.int(2)))
        }
        return (facets, isPartial)
    }

    private static func facetText(_ filter: ProductFilter, _ sql: inout FilterSQL) -> String {
        let base = sql.base(filter)
        let variantBase = sql.variantBase(filter)
        var (productBits, optionBits) = (["0"], ["0"])
        var (brandBit, attributeBit, optionBit) = (0, "", "")
        // Bit i says that selection i fails: a facet counts where no other bit is set.
        for (number, selection) in filter.selections.enumerated() {
            let bit = 1 << number
            let term = "case when \(sql.condition(selection)) then 0 else \(bit) end"
            switch selection.facet {
            case .brand: (brandBit, productBits) = (bit, productBits + [term])
            case .attribute(let name):
                productBits.append(term)
                attributeBit += " when \(sql.bind(name)) then \(bit)"
            case .option(let name):
                optionBits.append(term)
                optionBit += " when \(sql.bind(name)) then \(bit)"
            }
        }
        let chosen = filter.selections.flatMap { selection in
            selection.values.map { (name: selection.facet.name, value: $0) }
        }
        let names = sql.bind(texts: chosen.map(\.name))
        let values = sql.bind(texts: chosen.map(\.value))
        return """
            with base as materialized (
              select p.id, p.brand, p.attributes, \(productBits.joined(separator: " | ")) as bits
                from catalog.products p where \(base)
               order by p.created_at desc, p.id desc limit \(FacetLimits.countedMax + 1)
            ), shown as materialized (
              select id, v.options, b.bits, \(optionBits.joined(separator: " | ")) as option_bits
                from (select * from base limit \(FacetLimits.countedMax)) b
                join (select v.product_id, v.options from catalog.variants v
                        join inventory.stock k on k.variant_id = v.id where \(variantBase)) v on v.product_id = b.id
            ), found as materialized (
              select b.* from base b where b.id in (select id from shown where option_bits = 0)
            ), counts as (
              select 'brand' as name, brand as value, count(*) n from found
               where brand is not null and (bits & ~\(brandBit)) = 0 group by brand
              union all
              select 'attr.' || a.key, a.value #>> '{}', count(*) from found, jsonb_each(attributes) a
               where jsonb_typeof(a.value) in ('string', 'number', 'boolean')
                 and (bits & ~\(attributeBit.isEmpty ? "0" : "case a.key\(attributeBit) else 0 end")) = 0 group by 1, 2
              union all
              select 'options.' || o.key, o.value, count(distinct id) from shown, jsonb_each_text(options) o
               where bits = 0 and o.value is not null
                 and (option_bits & ~\(optionBit.isEmpty ? "0" : "case o.key\(optionBit) else 0 end")) = 0 group by 1, 2
            ), ranked as (
              select name, value, n, row_number() over (partition by name order by n desc, value collate "C") place,
                     sum(n) over (partition by name) total from counts
            ), bounded as (
              select *, dense_rank() over (order by total desc, name collate "C") facet from ranked
            )
            select null, null, (select count(*) from base), 0, 0
            union all
            select name, value, n, facet, place from bounded
             where (place <= \(FacetLimits.valuesShownMax) and facet <= \(FacetLimits.shownMax))
                or (name, value) in (select * from unnest(\(names), \(values)))
             order by 4, 5
            """
    }
}
