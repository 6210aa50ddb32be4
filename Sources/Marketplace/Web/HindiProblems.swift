// SPDX-License-Identifier: Apache-2.0
import HTTP

/// The problems in Hindi.
enum HindiProblems {
    static let language = ProblemLanguage(
        "hi", titles: Dictionary(uniqueKeysWithValues: titles.map { ($0.key.rawValue, $0.value) }), details: details)

    /// A title for every code.
    static let titles = [
        requests, callers, resources, sellers, ordering, payments, refunds, reviews, transport,
    ].reduce(into: [ProblemCode: String]()) { all, some in all.merge(some) { first, _ in first } }

    private static let requests: [ProblemCode: String] = [
        .unknownParameter: "अज्ञात क्वेरी पैरामीटर",
        .invalidCursor: "अमान्य कर्सर",
        .malformedJSON: "JSON का रूप ग़लत है",
        .malformedRequest: "अनुरोध का रूप ग़लत है",
        .idempotencyKeyInvalid: "Idempotency-Key अमान्य है",
        .idempotencyKeyTooWeak: "Idempotency-Key बहुत छोटी है",
        .idempotencyUnsupported: "यहाँ Idempotency-Key नहीं ली जाती",
        .idempotencyKeyRequired: "Idempotency-Key आवश्यक है",
        .idempotencyKeyReused: "Idempotency-Key किसी और अनुरोध की है",
        .idempotencyInProgress: "यही अनुरोध अभी चल रहा है",
    ]

    private static let callers: [ProblemCode: String] = [
        .tokenMissing: "टोकन नहीं भेजा गया",
        .tokenExpired: "टोकन की अवधि समाप्त हो गई",
        .tokenInvalid: "टोकन अमान्य है",
        .refreshInvalid: "रिफ़्रेश टोकन अमान्य है",
        .refreshReused: "रिफ़्रेश टोकन दोबारा इस्तेमाल हुआ",
        .invalidCredentials: "ईमेल या पासवर्ड ग़लत है",
        .mfaRequired: "दूसरा सत्यापन आवश्यक है",
        .wrongAudience: "यह टोकन यहाँ के लिए नहीं है",
        .forbidden: "अनुमति नहीं है",
        .accountBlocked: "खाता बंद किया गया है",
    ]

    private static let resources: [ProblemCode: String] = [
        .notFound: "नहीं मिला",
        .versionConflict: "इस बीच बदलाव हो चुका है",
        .illegalTransition: "इस स्थिति में यह संभव नहीं",
        .validationFailed: "कुछ जानकारी ग़लत या अधूरी है",
        .rateLimited: "बहुत ज़्यादा अनुरोध",
        .payloadTooLarge: "भेजा गया डेटा बहुत बड़ा है",
        .unsupportedMediaType: "यह मीडिया प्रकार स्वीकार नहीं है",
        .dependencyUnavailable: "एक ज़रूरी सेवा अभी उपलब्ध नहीं",
    ]

    private static let sellers: [ProblemCode: String] = [
        .emailTaken: "यह ईमेल पहले से इस्तेमाल में है",
        .weakPassword: "पासवर्ड कमज़ोर है",
        .sellerExists: "विक्रेता खाता पहले से है",
        .gstinTaken: "यह GSTIN पहले से दर्ज है",
        .companyNotVerified: "कंपनी सत्यापित नहीं है",
        .kycIncomplete: "KYC अधूरा है",
        .sellerNotActive: "विक्रेता सक्रिय नहीं है",
    ]

    private static let ordering: [ProblemCode: String] = [
        .currencyMismatch: "मुद्रा अलग है",
        .insufficientStock: "पर्याप्त स्टॉक नहीं है",
        .belowReserved: "आरक्षित मात्रा से कम नहीं हो सकता",
        .belowMinimumQuantity: "न्यूनतम मात्रा से कम",
        .notAMultiple: "मात्रा सही गुणज नहीं है",
        .aboveMaximumQuantity: "अधिकतम मात्रा से ज़्यादा",
        .sellerUnavailable: "विक्रेता उपलब्ध नहीं है",
        .cartEmpty: "कार्ट ख़ाली है",
        .cartChanged: "कार्ट बदल गया है",
        .cartMoved: "कार्ट दूसरे कार्ट में जा चुका है",
        .priceChanged: "दाम बदल गया है",
        .couponInvalid: "कूपन अमान्य है",
        .couponExhausted: "कूपन समाप्त हो चुका है",
    ]

    private static let payments: [ProblemCode: String] = [
        .addressNotServiceable: "इस पते पर डिलीवरी नहीं होती",
        .paymentMethodUnavailable: "भुगतान का यह तरीक़ा उपलब्ध नहीं",
        .creditLimitExceeded: "उधार की सीमा से ज़्यादा",
        .orderNotPayable: "इस ऑर्डर का भुगतान नहीं हो सकता",
        .orderExpired: "ऑर्डर की अवधि समाप्त हो गई",
        .alreadyPaid: "भुगतान पहले ही हो चुका है",
        .paymentProviderUnavailable: "भुगतान सेवा अभी उपलब्ध नहीं",
        .signatureInvalid: "हस्ताक्षर अमान्य है",
        .amountMismatch: "राशि मेल नहीं खाती",
    ]

    private static let refunds: [ProblemCode: String] = [
        .orderNotRefundable: "इस ऑर्डर के पैसे वापस नहीं हो सकते",
        .refundExceedsRefundable: "वापसी योग्य राशि से ज़्यादा",
        .lineAlreadyRefunded: "इसके पैसे पहले ही वापस हो चुके हैं",
        .fourEyesRequired: "किसी दूसरे व्यक्ति की स्वीकृति आवश्यक है",
        .settlementNotEligible: "यह निपटान अभी संभव नहीं",
        .shipmentRequired: "पार्सल की जानकारी आवश्यक है",
        .reasonRequired: "कारण बताना आवश्यक है",
        .returnWindowClosed: "लौटाने की अवधि समाप्त हो गई",
    ]

    private static let reviews: [ProblemCode: String] = [
        .notDelivered: "अभी पहुँचा नहीं है",
        .reviewExists: "समीक्षा पहले से है",
        .reviewWindowClosed: "समीक्षा की अवधि समाप्त हो गई",
        .alreadyAnswered: "उत्तर पहले ही दिया जा चुका है",
    ]

    private static let transport: [ProblemCode: String] = [
        .methodNotAllowed: "यह मेथड यहाँ नहीं चलता",
        .requestTimeout: "अनुरोध समय पर नहीं पहुँचा",
        .uriTooLong: "पता बहुत लंबा है",
        .headersTooLarge: "अनुरोध के हेडर बहुत बड़े हैं",
        .rangeNotSatisfiable: "माँगा गया हिस्सा मौजूद नहीं",
        .expectationFailed: "अपेक्षा पूरी नहीं हो सकती",
        .notImplemented: "यह सुविधा यहाँ नहीं है",
        .versionNotSupported: "HTTP का यह संस्करण नहीं चलता",
        .overloaded: "सर्वर अभी व्यस्त है",
        .outcomeUnknown: "परिणाम अभी पता नहीं",
        .internalError: "सर्वर की आंतरिक त्रुटि",
    ]
}
