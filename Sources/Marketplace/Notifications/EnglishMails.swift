// SPDX-License-Identifier: Apache-2.0
import MarketHTTP

/// The mails in English.
enum EnglishMails {
    private static let greeting = "Hello {name},"
    private static let notYou = "If this was not you, reset your password at once: it ends all sessions."

    static func text(of template: MailTemplate) -> MailText {
        switch template {
        case .welcome:
            MailText(
                "Welcome to {shop}", greeting,
                "your account is there. Please confirm your mail address within 24 hours:",
                "{link}")
        case .verifyEmail:
            MailText(
                "Confirm your mail address", greeting, "please confirm your mail address within 24 hours:", "{link}",
                "If you have no account with us, ignore this mail.")
        case .resetPassword:
            MailText(
                "Set a new password", greeting, "somebody asked for a new password. Set it within 24 hours:", "{link}",
                "If this was not you, ignore this mail: nothing has changed.")
        case .passwordChanged:
            MailText(
                "Your password was changed", greeting, "your password was changed and all other sessions were ended.",
                notYou)
        case .confirmOldEmail:
            MailText(
                "Confirm that your mail address changes", greeting,
                "your account is about to use {new_email} in place of this address. Confirm it within 24 hours:",
                "{link}", notYou)
        case .confirmNewEmail:
            MailText(
                "Confirm your new mail address", greeting,
                "your account is about to use this address. Confirm it within 24 hours:", "{link}",
                "If you have no account with us, ignore this mail.")
        case .emailChanged:
            MailText(
                "Your mail address was changed", greeting, "your account uses {new_email} from now on.",
                "If this was not you, write to us.")
        case .secondFactorEnrolled:
            MailText(
                "A second factor was added", greeting, "from now on each login asks for a code of your second factor.",
                notYou)
        case .accountBlocked:
            MailText(
                "Your account is blocked", greeting, "your account was blocked and all sessions were ended.",
                "Paid orders go on. Write to us if you think that this is a mistake.")
        case .accountUnblocked:
            MailText("Your account is open again", greeting, "you can log in again.")
        case .deletionRequested:
            MailText(
                "Your account will be deleted", greeting,
                "your account was closed. Your data are removed once your open orders have ended.")
        case .sellerApproved:
            MailText("{business} may sell", greeting, "{business} was approved: your products can be sold from now on.")
        case .sellerRejected:
            MailText("{business} was not approved", greeting, "{business} was not approved.", "{note}")
        case .sellerDetailsChanged:
            MailText(
                "Details of {business} were changed", greeting,
                "details of {business} changed that documents prove. Payouts wait for 24 hours and until the documents are checked again.",
                notYou)
        case .orderConfirmed, .orderShipped, .orderDelivered, .orderCancelled, .orderPartCancelled, .paymentFailed,
            .refundProcessed, .sellerNewOrder, .sellerOrderCancelled, .sellerSuspended, .sellerClosed, .kycVerified,
            .kycRejected:
            event(template)
        case .companyInvitation:
            MailText(
                "{company} invites you", greeting,
                "{company} would like you to buy for it. Accept within seven days with the account of this address:",
                "{link}", "If you do not know {company}, ignore this mail: nothing happens.")
        case .productApproved, .productRejected: product(template)
        }
    }

    /// The mails about what was decided of products.
    private static func product(_ template: MailTemplate) -> MailText {
        switch template {
        case .productApproved:
            MailText("{product} was approved", greeting, "{product} is shown as you handed it in.", "{note}")
        default:
            MailText(
                "{product} was not approved", greeting,
                "{product} was not approved. What was approved before stays for sale. The reason:", "{note}",
                "You can change it and hand it in again.")
        }
    }

    /// The mails that tell of events.
    private static func event(_ template: MailTemplate) -> MailText {
        switch template {
        case .orderConfirmed:
            MailText(
                "Your order {order} is confirmed", greeting, "your order {order} for {amount} is confirmed.",
                "The sellers prepare it now. We write again when it is on its way.")
        case .orderShipped:
            MailText(
                "Your order {order} is on its way", greeting, "{business} shipped its part of your order {order}.")
        case .orderDelivered:
            MailText(
                "Your order {order} was delivered", greeting,
                "the parcel of {business} from your order {order} was delivered. We hope that you like it.")
        case .orderCancelled:
            MailText(
                "Your order {order} was cancelled", greeting, "your order {order} was cancelled.",
                "If you have paid for it, the money goes back to you; we write again when it has.")
        case .orderPartCancelled:
            MailText(
                "A part of your order {order} was cancelled", greeting,
                "{business} cannot deliver its part of your order {order}. If you have paid for it, the money goes back to you."
            )
        case .paymentFailed:
            MailText(
                "Your payment for the order {order} failed", greeting,
                "your payment of {amount} for the order {order} failed.",
                "You can try again while your order is reserved. Should money have left your account, it comes back by itself."
            )
        case .refundProcessed:
            MailText(
                "{amount} were paid back", greeting, "{amount} of your order {order} were paid back.",
                "Your bank may take some days to show it.")
        case .sellerNewOrder:
            MailText(
                "A new order for {business}", greeting, "{business} has the new order {order} for {amount}.",
                "Please accept it within 48 hours; otherwise it is declined by itself.")
        case .sellerOrderCancelled:
            MailText(
                "The order {order} was cancelled", greeting,
                "the order {order} to {business} was cancelled. Please do not ship it.")
        case .sellerSuspended:
            MailText(
                "{business} is suspended", greeting,
                "{business} is suspended: its products cannot be bought for now. Orders that are open go on.",
                "Write to us if you think that this is a mistake.")
        case .sellerClosed:
            MailText("{business} was closed", greeting, "{business} was closed and sells no more.")
        case .kycVerified:
            MailText("The documents of {business} are verified", greeting, "all documents of {business} are verified.")
        default:
            MailText(
                "A document of {business} was rejected", greeting,
                "a document of {business} was rejected. Please look at the reason and hand in another one.")
        }
    }
}
