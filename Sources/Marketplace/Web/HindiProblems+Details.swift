// SPDX-License-Identifier: Apache-2.0

extension HindiProblems {
    /// The details that never change and that people meet, by the text they are thrown with: what is made of the request's
    /// own facts stays in English. A test finds each of them in the sources.
    static let details: [String: String] = [
        "Nothing was done.": "कुछ नहीं किया गया।",
        "The request took too long; nothing was done.": "अनुरोध में बहुत समय लगा; कुछ नहीं किया गया।",
        "Too many bodies are on their way; nothing was done.": "एक साथ बहुत सारे अनुरोध आ रहे हैं; कुछ नहीं किया गया।",
        "Too many connections.": "बहुत सारे कनेक्शन हैं।",
        "Too many requests.": "बहुत ज़्यादा अनुरोध भेजे गए।",
        "The server is ending.": "सर्वर बंद हो रहा है।",
        "The work goes on; ask again with the same Idempotency-Key.":
            "काम जारी है; उसी Idempotency-Key के साथ फिर पूछें।",
        "The outcome is not known yet; ask again with the same Idempotency-Key.":
            "परिणाम अभी पता नहीं; उसी Idempotency-Key के साथ फिर पूछें।",
        "A request with this key is still running.": "इस Idempotency-Key का अनुरोध अभी चल रहा है।",
        "The key was used with another request.": "यह Idempotency-Key किसी और अनुरोध में इस्तेमाल हो चुकी है।",
        "There is nothing at this path.": "इस पते पर कुछ नहीं है।",
        "A query parameter is not known here.": "एक क्वेरी पैरामीटर यहाँ अज्ञात है।",
        "The body must be application/json.": "डेटा application/json होना चाहिए।",
        "The cursor was not issued for this list.": "यह कर्सर इस सूची का नहीं है।",
        "The body took too long.": "डेटा समय पर नहीं पहुँचा।",
        "Log in again.": "फिर से लॉग इन करें।",
        "An account with this mail address exists.": "इस ईमेल का खाता पहले से है।",
        "The account was removed.": "खाता हटा दिया गया है।",
        "There is no such address.": "ऐसा कोई पता नहीं है।",
        "There is no such document.": "ऐसा कोई दस्तावेज़ नहीं है।",
        "There is no such seller.": "ऐसा कोई विक्रेता नहीं है।",
        "You are no member of a seller.": "आप किसी विक्रेता के सदस्य नहीं हैं।",
        "The cart has no lines.": "कार्ट में कुछ नहीं है।",
        "The cart is not at the version that was ordered.": "ऑर्डर करने के बीच कार्ट बदल गया।",
        "The order is paid.": "ऑर्डर का भुगतान हो चुका है।",
        "The order has ended.": "ऑर्डर समाप्त हो चुका है।",
        "The order's time to pay is over; its units went back.":
            "ऑर्डर के भुगतान का समय समाप्त हो गया; सामान स्टॉक में लौट गया।",
        "What has not arrived cannot be reviewed yet.": "जो पहुँचा नहीं उसकी समीक्षा अभी नहीं हो सकती।",
        "This line has its review already.": "इसकी समीक्षा पहले ही दी जा चुकी है।",
    ]
}
