// SPDX-License-Identifier: Apache-2.0

/// The notices in Hindi.
enum HindiNotices {
    static func text(of notice: Notice) -> NoticeText {
        switch notice {
        case .orderConfirmed: NoticeText("ऑर्डर की पुष्टि हुई", "{amount} के आपके ऑर्डर {order} की पुष्टि हो गई है।")
        case .orderExpired: NoticeText("ऑर्डर समाप्त", "आपके ऑर्डर {order} का भुगतान समय पर नहीं हुआ और वह समाप्त हो गया।")
        case .orderCancelled: NoticeText("ऑर्डर रद्द", "आपका ऑर्डर {order} रद्द कर दिया गया।")
        case .orderCompleted: NoticeText("ऑर्डर पूरा", "आपका ऑर्डर {order} पूरा हो गया है।")
        case .partAccepted: NoticeText("विक्रेता ने स्वीकार किया", "{business} ने आपके ऑर्डर {order} का अपना हिस्सा स्वीकार किया।")
        case .partRejected:
            NoticeText("विक्रेता ने मना किया", "{business} आपके ऑर्डर {order} का अपना हिस्सा नहीं दे सकता। पैसे वापस किए जाएँगे।")
        case .partPacked: NoticeText("पैक किया गया", "{business} ने आपके ऑर्डर {order} का अपना हिस्सा पैक कर दिया।")
        case .partShipped: NoticeText("भेजा गया", "{business} ने आपके ऑर्डर {order} का अपना हिस्सा भेज दिया।")
        case .partOutForDelivery: NoticeText("डिलीवरी के लिए निकला", "आपके ऑर्डर {order} का एक पार्सल आज पहुँचेगा।")
        case .partDelivered: NoticeText("पहुँच गया", "{business} की ओर से आपके ऑर्डर {order} का पार्सल पहुँचा दिया गया।")
        case .partDeliveryFailed:
            NoticeText("डिलीवरी नहीं हो सकी", "आपके ऑर्डर {order} का पार्सल नहीं पहुँचाया जा सका। फिर कोशिश की जाएगी।")
        case .partCancelled: NoticeText("एक हिस्सा रद्द", "आपके ऑर्डर {order} में {business} का हिस्सा रद्द कर दिया गया।")
        case .paymentFailed: NoticeText("भुगतान विफल", "आपके ऑर्डर {order} के लिए {amount} का भुगतान विफल रहा।")
        case .paymentLate: NoticeText("देर से भुगतान", "आपका {amount} का भुगतान ऑर्डर {order} के समाप्त होने के बाद आया।")
        case .paymentDuplicate: NoticeText("दो बार भुगतान", "आपके ऑर्डर {order} का भुगतान दो बार हुआ। {amount} वापस किए जाएँगे।")
        case .refundApproved: NoticeText("वापसी शुरू", "आपके ऑर्डर {order} के {amount} आपको वापस किए जा रहे हैं।")
        case .refundProcessed: NoticeText("पैसे वापस", "आपके ऑर्डर {order} के {amount} वापस कर दिए गए।")
        case .reviewHidden: NoticeText("समीक्षा छिपाई गई", "{product} की आपकी समीक्षा अब नहीं दिखाई जाती।")
        case .reviewRejected: NoticeText("समीक्षा प्रकाशित नहीं हुई", "{product} की आपकी समीक्षा प्रकाशित नहीं की गई।")
        case .wishlistPrice: NoticeText("दाम घटे", "{product} अब {amount} का है।")
        case .wishlistStock: NoticeText("फिर उपलब्ध", "{product} फिर से उपलब्ध है।")
        case .newOrder: NoticeText("नया ऑर्डर", "{business} को नया ऑर्डर {order} मिला है।")
        case .ownPartCancelled: NoticeText("ऑर्डर रद्द", "{business} को मिला ऑर्डर {order} रद्द कर दिया गया।")
        case .ownPartReturning: NoticeText("पार्सल लौट रहा है", "ऑर्डर {order} का पार्सल {business} के पास लौट रहा है।")
        case .ownPartCompleted: NoticeText("ऑर्डर पूरा", "{business} का ऑर्डर {order} पूरा हो गया है।")
        case .sellerApproved: NoticeText("स्वीकृत", "{business} अब बेच सकता है।")
        case .sellerRejected: NoticeText("स्वीकृत नहीं", "{business} को स्वीकृति नहीं मिली।")
        case .sellerReinstated: NoticeText("फिर से चालू", "{business} फिर से बेच सकता है।")
        case .sellerSuspended: NoticeText("निलंबित", "{business} निलंबित है: इसके उत्पाद अभी नहीं खरीदे जा सकते।")
        case .sellerClosed: NoticeText("बंद", "{business} बंद कर दिया गया।")
        case .kycVerified: NoticeText("दस्तावेज़ सत्यापित", "{business} के सभी दस्तावेज़ सत्यापित हो गए।")
        case .kycRejected: NoticeText("दस्तावेज़ अस्वीकृत", "{business} का एक दस्तावेज़ अस्वीकृत हुआ। कृपया दूसरा जमा करें।")
        case .kycNeedsUpdate: NoticeText("दस्तावेज़ चाहिए", "{business} के दस्तावेज़ फिर से जमा करने होंगे।")
        case .productApproved: NoticeText("उत्पाद स्वीकृत", "{product} स्वीकृत हो गया।")
        case .productRejected: NoticeText("उत्पाद स्वीकृत नहीं", "{product} स्वीकृत नहीं हुआ।")
        case .stockLow: NoticeText("स्टॉक कम है", "{product} की कुछ ही इकाइयाँ बची हैं।")
        case .stockOut: NoticeText("स्टॉक समाप्त", "{product} बिक चुका है।")
        case .reviewPublished: NoticeText("नई समीक्षा", "{product} की एक नई समीक्षा आई है।")
        case .kycSubmitted: NoticeText("दस्तावेज़ जाँचने हैं", "{business} ने अपने दस्तावेज़ जमा किए।")
        case .paymentMismatch: NoticeText("राशि अलग है", "ऑर्डर {order} के लिए {amount} मिले, जो माँगी गई राशि नहीं है।")
        case .paymentDisputed: NoticeText("भुगतान पर विवाद", "ऑर्डर {order} के {amount} के भुगतान पर विवाद है।")
        case .refundRequested: NoticeText("वापसी पर निर्णय", "ऑर्डर {order} के {amount} की वापसी निर्णय की प्रतीक्षा में है।")
        case .refundFailed: NoticeText("वापसी विफल", "ऑर्डर {order} के {amount} की वापसी विफल रही और अब भी देय है।")
        }
    }
}
