// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore
import MarketHTTP

/// A seller's prices for companies of their choice.
struct PriceList: Sendable, Equatable {
    /// Variants of one list.
    static let entriesMax = 1000
    /// Steps of one variant's price.
    static let tiersMax = 20
    /// Companies that one list is for.
    static let companiesMax = 1000

    /// The prices of one variant.
    struct Entry: Sendable, Equatable {
        let variant: VariantID
        /// Rising by quantity, falling in price.
        let tiers: [PriceTier]
    }

    let id: PriceListID
    let name: String
    let currency: Currency
    let starts: Timestamp?
    let ends: Timestamp?
    /// Whether its prices apply now.
    let isInForce: Bool
    let version: Int64
    let createdAt: Timestamp
    let entryCount: Int
    let companyCount: Int
}

extension PriceList: JSONWritable {
    /// Writes the list without its entries.
    func write(to json: inout JSONWriter) {
        json.object { json in writeMembers(to: &json) }
    }

    private func writeMembers(to json: inout JSONWriter) {
        json.field("id", id)
        json.field("name", name)
        json.field("currency", currency.description)
        json.fieldIfPresent("starts", starts)
        json.fieldIfPresent("ends", ends)
        json.field("in_force", isInForce)
        json.field("entry_count", entryCount)
        json.field("company_count", companyCount)
        json.field("created_at", createdAt)
        json.field("version", version)
    }

    /// The answer with the list, its entries and its companies.
    func response(
        _ entries: [Entry], _ companies: [CompanyID], status: HTTPStatus = .ok
    ) -> HTTPResponse {
        var json = JSONWriter(capacity: 512 + entries.count * 160 + companies.count * 24)
        json.object { json in
            writeMembers(to: &json)
            json.array("entries") { json in
                for entry in entries {
                    json.object { json in
                        json.field("variant_id", entry.variant)
                        json.array("tiers") { json in
                            for tier in entry.tiers {
                                json.object { json in
                                    json.field("min_quantity", tier.minQuantity)
                                    json.field("price", Money(minor: tier.price, currency: currency))
                                }
                            }
                        }
                    }
                }
            }
            json.array("company_ids") { json in
                for company in companies { json.value(company) }
            }
        }
        return HTTPResponse(status, headers: [EntityTag(version: version).header], body: json.bytes)
    }
}
