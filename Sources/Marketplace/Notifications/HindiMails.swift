// SPDX-License-Identifier: Apache-2.0
import MarketHTTP

/// The mails in Hindi.
enum HindiMails {
    private static let greeting = "नमस्ते {name},"
    private static let notYou = "यदि यह आपने नहीं किया है, तो तुरंत अपना पासवर्ड बदलें: इससे सभी सत्र समाप्त हो जाते हैं।"

    static func text(of template: MailTemplate) -> MailText {
        switch template {
        case .welcome:
            MailText(
                "{shop} में आपका स्वागत है", greeting, "आपका खाता बन गया है। कृपया 24 घंटे के भीतर अपने ईमेल पते की पुष्टि करें:", "{link}")
        case .verifyEmail:
            MailText(
                "अपने ईमेल पते की पुष्टि करें", greeting, "कृपया 24 घंटे के भीतर अपने ईमेल पते की पुष्टि करें:", "{link}",
                "यदि हमारे यहाँ आपका खाता नहीं है, तो इस ईमेल पर ध्यान न दें।")
        case .resetPassword:
            MailText(
                "नया पासवर्ड बनाएँ", greeting, "किसी ने नए पासवर्ड का अनुरोध किया है। इसे 24 घंटे के भीतर बनाएँ:", "{link}",
                "यदि यह आपने नहीं किया है, तो इस ईमेल पर ध्यान न दें: कुछ नहीं बदला है।")
        case .passwordChanged:
            MailText("आपका पासवर्ड बदल दिया गया", greeting, "आपका पासवर्ड बदल दिया गया और बाकी सभी सत्र समाप्त कर दिए गए।", notYou)
        case .confirmOldEmail:
            MailText(
                "अपने ईमेल पते में बदलाव की पुष्टि करें", greeting,
                "आपके खाते में इस पते की जगह {new_email} होने वाला है। 24 घंटे के भीतर इसकी पुष्टि करें:", "{link}", notYou)
        case .confirmNewEmail:
            MailText(
                "अपने नए ईमेल पते की पुष्टि करें", greeting, "आपके खाते में यह पता होने वाला है। 24 घंटे के भीतर इसकी पुष्टि करें:", "{link}",
                "यदि हमारे यहाँ आपका खाता नहीं है, तो इस ईमेल पर ध्यान न दें।")
        case .emailChanged:
            MailText(
                "आपका ईमेल पता बदल दिया गया", greeting, "अब से आपके खाते का ईमेल पता {new_email} है।",
                "यदि यह आपने नहीं किया है, तो हमें लिखें।")
        case .secondFactorEnrolled:
            MailText("दूसरा प्रमाण जोड़ा गया", greeting, "अब से हर लॉग-इन पर आपके दूसरे प्रमाण का कोड माँगा जाएगा।", notYou)
        case .accountBlocked:
            MailText(
                "आपका खाता रोक दिया गया है", greeting, "आपका खाता रोक दिया गया और सभी सत्र समाप्त कर दिए गए।",
                "जिन ऑर्डर का भुगतान हो चुका है, वे जारी रहेंगे। यदि आपको लगता है कि यह भूल है, तो हमें लिखें।")
        case .accountUnblocked:
            MailText("आपका खाता फिर से खुल गया है", greeting, "आप फिर से लॉग-इन कर सकते हैं।")
        case .deletionRequested:
            MailText(
                "आपका खाता हटाया जाएगा", greeting, "आपका खाता बंद कर दिया गया। खुले ऑर्डर पूरे होते ही आपका डेटा हटा दिया जाएगा।")
        case .sellerApproved:
            MailText("{business} अब बेच सकता है", greeting, "{business} को स्वीकृति मिल गई: अब से आपके उत्पाद बेचे जा सकते हैं।")
        case .sellerRejected:
            MailText("{business} को स्वीकृति नहीं मिली", greeting, "{business} को स्वीकृति नहीं मिली।", "{note}")
        case .sellerDetailsChanged:
            MailText(
                "{business} का विवरण बदल दिया गया", greeting,
                "{business} का वह विवरण बदला है जिसके लिए दस्तावेज़ चाहिए। दस्तावेज़ों की फिर से जाँच होने तक और कम से कम 24 घंटे तक भुगतान रुके रहेंगे।",
                notYou)
        case .orderConfirmed, .orderShipped, .orderDelivered, .orderCancelled, .orderPartCancelled, .paymentFailed,
            .refundProcessed, .sellerNewOrder, .sellerOrderCancelled, .sellerSuspended, .sellerClosed, .kycVerified,
            .kycRejected:
            event(template)
        case .companyInvitation:
            MailText(
                "{company} का निमंत्रण", greeting,
                "{company} चाहता है कि आप उसके लिए खरीदारी करें। इस पते के खाते से सात दिन के भीतर स्वीकार करें:", "{link}",
                "यदि आप {company} को नहीं जानते, तो इस ईमेल पर ध्यान न दें: कुछ नहीं होगा।")
        case .productApproved:
            MailText(
                "{product} को स्वीकृति मिल गई", greeting, "{product} को स्वीकृति मिल गई: यह वैसा ही दिखेगा जैसा आपने भेजा था।",
                "{note}")
        case .productRejected:
            MailText(
                "{product} को स्वीकृति नहीं मिली", greeting,
                "{product} को स्वीकृति नहीं मिली। जो पहले स्वीकृत था, वह बिक्री पर बना रहेगा। कारण:", "{note}",
                "आप इसे बदलकर फिर से भेज सकते हैं।")
        }
    }

    /// The mails that tell of events.
    private static func event(_ template: MailTemplate) -> MailText {
        switch template {
        case .orderConfirmed:
            MailText(
                "आपके ऑर्डर {order} की पुष्टि हो गई", greeting, "{amount} के आपके ऑर्डर {order} की पुष्टि हो गई है।",
                "विक्रेता अब उसे तैयार कर रहे हैं। भेजे जाने पर हम फिर लिखेंगे।")
        case .orderShipped:
            MailText("आपका ऑर्डर {order} रास्ते में है", greeting, "{business} ने आपके ऑर्डर {order} का अपना हिस्सा भेज दिया है।")
        case .orderDelivered:
            MailText(
                "आपका ऑर्डर {order} पहुँच गया", greeting,
                "आपके ऑर्डर {order} में {business} का पार्सल पहुँचा दिया गया। आशा है आपको पसंद आएगा।")
        case .orderCancelled:
            MailText(
                "आपका ऑर्डर {order} रद्द कर दिया गया", greeting, "आपका ऑर्डर {order} रद्द कर दिया गया।",
                "यदि आपने भुगतान किया है, तो वह आपको वापस मिलेगा; मिलने पर हम फिर लिखेंगे।")
        case .orderPartCancelled:
            MailText(
                "आपके ऑर्डर {order} का एक हिस्सा रद्द हुआ", greeting,
                "{business} आपके ऑर्डर {order} का अपना हिस्सा नहीं दे सकता। यदि आपने उसके लिए भुगतान किया है, तो वह आपको वापस मिलेगा।")
        case .paymentFailed:
            MailText(
                "ऑर्डर {order} का भुगतान विफल रहा", greeting, "ऑर्डर {order} के लिए आपका {amount} का भुगतान विफल रहा।",
                "ऑर्डर आरक्षित रहने तक आप फिर कोशिश कर सकते हैं। यदि आपके खाते से पैसे कट गए हों, तो वे अपने आप वापस आ जाएँगे।")
        case .refundProcessed:
            MailText(
                "{amount} वापस कर दिए गए", greeting, "आपके ऑर्डर {order} के {amount} वापस कर दिए गए हैं।",
                "आपके बैंक में दिखने में कुछ दिन लग सकते हैं।")
        case .sellerNewOrder:
            MailText(
                "{business} के लिए नया ऑर्डर", greeting, "{business} को {amount} का नया ऑर्डर {order} मिला है।",
                "कृपया इसे 48 घंटे के भीतर स्वीकार करें; नहीं तो यह अपने आप अस्वीकृत हो जाएगा।")
        case .sellerOrderCancelled:
            MailText(
                "ऑर्डर {order} रद्द कर दिया गया", greeting, "{business} को मिला ऑर्डर {order} रद्द कर दिया गया। कृपया इसे न भेजें।")
        case .sellerSuspended:
            MailText(
                "{business} निलंबित है", greeting,
                "{business} निलंबित है: इसके उत्पाद अभी नहीं खरीदे जा सकते। खुले ऑर्डर चलते रहेंगे।",
                "यदि आपको लगता है कि यह गलती है, तो हमें लिखें।")
        case .sellerClosed:
            MailText("{business} बंद कर दिया गया", greeting, "{business} बंद कर दिया गया और अब नहीं बेचता।")
        case .kycVerified:
            MailText("{business} के दस्तावेज़ सत्यापित हुए", greeting, "{business} के सभी दस्तावेज़ सत्यापित हो गए हैं।")
        default:
            MailText(
                "{business} का एक दस्तावेज़ अस्वीकृत हुआ", greeting,
                "{business} का एक दस्तावेज़ अस्वीकृत हुआ। कृपया कारण देखें और दूसरा जमा करें।")
        }
    }
}
