// SPDX-License-Identifier: Apache-2.0
import HTTP
import MarketCore

/// Builds requests as they go over the wire, before the time that is measured.
struct RequestBytes: Sendable {
    let authority: String

    func get(_ path: String, token: String? = nil) -> [UInt8] {
        let authorization = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        return Array("GET \(path) HTTP/1.1\r\nHost: \(authority)\r\n\(authorization)\r\n".utf8)
    }

    func post(_ path: StaticString, token: String, key: String? = nil, body: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512 + token.utf8.count + body.count)
        bytes += "POST \(path) HTTP/1.1\r\nHost: \(authority)\r\nContent-Type: application/json\r\n".utf8
        bytes += "Authorization: Bearer \(token)\r\n".utf8
        if let key { bytes += "Idempotency-Key: \(key)\r\n".utf8 }
        bytes += "Content-Length: \(body.count)\r\n\r\n".utf8
        bytes += body
        return bytes
    }

    /// `POST /api/payments/webhook/`, as the provider sends it.
    func webhook(body: [UInt8], signature: String, event: String) -> [UInt8] {
        var bytes = Array(
            """
            POST /api/payments/webhook/ HTTP/1.1\r\nHost: \(authority)\r\nContent-Type: application/json\r
            User-Agent: Razorpay-Webhook/v1\r\nX-Razorpay-Signature: \(signature)\r\nX-Razorpay-Event-Id: \(event)\r
            Content-Length: \(body.count)\r\n\r\n
            """.utf8)
        bytes += body
        return bytes
    }

    /// `POST /api/cart/add/` of one unit of each variant.
    func addToCart(_ variants: [VariantID], token: String, key: String? = nil) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.array("lines") { json in
                for variant in variants {
                    json.object { json in
                        json.field("variant_id", variant.description)
                        json.field("quantity", 1)
                    }
                }
            }
        }
        return post("/api/cart/add/", token: token, key: key, body: json.bytes)
    }

    /// `GET /api/cart/get/`, read from the database: the cart may have been filled behind the server's back.
    func readCart(token: String) -> [UInt8] {
        get("/api/cart/get/?refresh=true", token: token)
    }

    /// `POST /api/cart/clear/`
    func clearCart(token: String) -> [UInt8] {
        post("/api/cart/clear/", token: token, body: Array("{}".utf8))
    }

    /// `POST /api/orders/create/`; the key is also the customer's note, by which the order is found in the database.
    func createOrder(of cart: CartAnswer, token: String, key: String) -> [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.field("cart_version", cart.version)
            json.object("expected_total") { json in
                json.field("amount", cart.total)
                json.field("currency", cart.currency)
            }
            json.field("payment_method", "razorpay")
            json.field("customer_note", key)
            json.object("shipping_address") { json in
                json.field("name", "Asha Rao")
                json.field("phone", "+919812345678")
                json.field("line1", "1 MG Road")
                json.field("city", "Bengaluru")
                json.field("state_code", "KA")
                json.field("postal_code", "560001")
            }
        }
        return post("/api/orders/create/", token: token, key: key, body: json.bytes)
    }
}
