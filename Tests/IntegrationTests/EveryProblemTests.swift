// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTP
import MarketCore
import MarketHTTP
import Synchronization
import TestSupport
import Testing
import UVRuntime

/// Every published problem code: produced here, produced in a test that is named here, or of a feature that is not built yet.
@Suite(.timeLimit(.minutes(5))) struct EveryProblemTests {
    /// Codes of features that come later, and of what is told otherwise. A feature that comes takes its codes out of this list.
    static let notYetProduced: Set<ProblemCode> = [
        // Coupons
        .couponInvalid, .couponExhausted,
        // Company credit
        .creditLimitExceeded,
        // Settlements, returns
        .settlementNotEligible, .returnWindowClosed,
        // Nobody's request is wrong: money that does not fit is shown with the payment, and told to operators (`payment.review`).
        .amountMismatch,
        // An outcome within the batch of orders; its caller is answered with the order of that cart, or `cart-changed`.
        .cartMoved,
    ]

    /// Codes that need a clock, a second process or a provider's answer of their own, and the test that has them.
    static let producedIn: [ProblemCode: String] = [
        .shipmentRequired: "Tests/OrdersTests/UpdateSellerOrderTests.swift",
        .idempotencyInProgress: "Tests/IdempotencyTests/ConcurrencyTests.swift",
        .idempotencyUnsupported: "Tests/IdempotencyTests/OutcomeTests.swift",
        .mfaRequired: "Tests/AccountsTests/SecondFactorTests.swift",
        .idempotencyKeyRequired: "Tests/MarketHTTPTests/RequestSideTests.swift",
        .illegalTransition: "Tests/OrdersTests/ReleaseOrderTests.swift",
        .gstinTaken: "Tests/CompaniesTests/CreateCompanyTests.swift",
        .companyNotVerified: "Tests/CompaniesTests/InviteMemberTests.swift",
        .sellerNotActive: "Tests/CatalogTests/CreatePriceListTests.swift",
        .sellerExists: "Tests/SellersTests/RegisterSellerTests.swift",
        .kycIncomplete: "Tests/SellersTests/SubmitKYCTests.swift",
        .fourEyesRequired: "Tests/SellersTests/ApproveSellerTests.swift",
        .belowReserved: "Tests/CatalogTests/AdjustStockTests.swift",
        .notDelivered: "Tests/ReviewsTests/CreateReviewTests.swift",
        .reviewExists: "Tests/ReviewsTests/CreateReviewTests.swift",
        .reviewWindowClosed: "Tests/ReviewsTests/UpdateReviewTests.swift",
        .alreadyAnswered: "Tests/ReviewsTests/RespondToReviewTests.swift",
        .reasonRequired: "Tests/ReviewsTests/ModerateReviewTests.swift",
        .rangeNotSatisfiable: "Tests/HTTPTests/FileAnswerTests.swift",
        .orderNotRefundable: "Tests/RefundsTests/RequestRefundTests.swift",
        .refundExceedsRefundable: "Tests/RefundsTests/RequestRefundTests.swift",
        .lineAlreadyRefunded: "Tests/RefundsTests/RequestRefundTests.swift",
        .alreadyPaid: "Tests/PaymentsTests/InitiatePaymentTests.swift",
        .orderExpired: "Tests/PaymentsTests/InitiatePaymentTests.swift",
        .addressNotServiceable: "Tests/OrdersTests/CreateOrderTests.swift",
    ]

    @Test func everyCodeIsSomewhere() throws {
        let here = Set(EveryProblemCalls.live.keys).union(EveryProblemCalls.wire.keys)
            .union(EveryProblemCalls.thrown.keys).union(EveryProblemCalls.slow.keys)
        let elsewhere = Set(Self.producedIn.keys)
        #expect(here.isDisjoint(with: elsewhere))
        #expect(
            here.union(elsewhere).isDisjoint(with: Self.notYetProduced), "a code is produced: take it out of the list")
        let missing = Set(ProblemCode.allCases).subtracting(here).subtracting(elsewhere).subtracting(
            Self.notYetProduced)
        #expect(missing.isEmpty, "no test produces \(missing.map(\.rawValue).sorted())")
        for (code, path) in Self.producedIn {
            let text = try String(contentsOf: Repository.root.appendingPathComponent(path), encoding: .utf8)
            // Not a word somewhere: what a test expects.
            let tests = text.split(separator: "@Test").dropFirst()
            let isExpected = tests.contains { test in
                test.split(separator: "\n").contains { line in
                    line.drop { $0 == " " }.hasPrefix("#expect(") && line.contains("\"\(code.rawValue)\"")
                }
            }
            #expect(isExpected, "\(path) expects no \(code.rawValue)")
        }
    }

    /// What every problem document must be.
    static func check(_ answer: TestClient.Answer, _ code: ProblemCode) throws {
        #expect(answer.code == code.rawValue, "\(answer.status) \(answer.text)")
        #expect(answer.status == code.status, "\(code)")
        #expect(answer.header("Content-Type") == "application/problem+json", "\(code)")
        let document = try answer.json
        #expect(document["status"]?.int == code.status)
        #expect(document["title"]?.string == code.title)
        #expect(document["type"]?.string == "https://errors.mve.dev/\(code.rawValue)")
        let instance = try #require(document["instance"]?.string)
        #expect(instance.hasPrefix("/requests/"))
        if let id = answer.header("X-Request-Id") { #expect(instance == "/requests/" + id) }
        // A replayed one is kept as well, but none of these is.
        #expect(!answer.isReplay)
        for (name, codes) in EveryProblemCalls.requiredHeaders where codes.contains(code) {
            let value = try #require(answer.header(name), "\(code) lacks \(name)")
            #expect(!value.isEmpty)
        }
        if code.status == 401 { #expect(answer.header("WWW-Authenticate")?.hasPrefix("Bearer") == true, "\(code)") }
        if [.dependencyUnavailable, .overloaded, .rateLimited].contains(code) {
            #expect((Int(answer.header("Retry-After") ?? "") ?? 0) > 0, "\(code)")
        }
        for word in ["select ", "insert ", "/root", "/tmp", ".swift", "postgres", "Error("] {
            #expect(!answer.text.contains(word), "\(code) tells \(word)")
        }
    }

    @Test func theRunningServerProducesThem() async throws {
        try await ProblemShop.with { shop in
            for (code, call) in EveryProblemCalls.live { try Self.check(try await call(shop), code) }
            for (code, request) in EveryProblemCalls.wire {
                let answer = try await shop.raw(request)
                try Self.check(answer, code)
                let closes = ![.expectationFailed, .notImplemented].contains(code)
                #expect((answer.header("Connection") == "close") == closes, "\(code)")
            }
        }
    }

    /// What only a failing dependency causes, through the shop's own middleware.
    @Test func failuresOfTheLowerLayersBecomeThem() async throws {
        for (code, error) in EveryProblemCalls.thrown {
            let routes = [Route(.get, "/x/", name: "x") { _ in throw error }]
            let answer = await InProcessRoutes(routes, middleware: [ErrorAnswers.middleware]).send("GET", "/x/")
            try Self.check(answer, code)
        }
    }

    /// A head that does not come, on a server that waits for a twentieth of a second.
    @Test func slownessBecomesOne() async throws {
        for (code, request) in EveryProblemCalls.slow { try Self.check(try await SlowServer.answer(to: request), code) }
    }
}
