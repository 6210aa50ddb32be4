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
        case .companyInvitation:
            MailText(
                "{company} invites you", greeting,
                "{company} would like you to buy for it. Accept within seven days with the account of this address:",
                "{link}", "If you do not know {company}, ignore this mail: nothing happens.")
        case .productApproved:
            MailText("{product} was approved", greeting, "{product} is shown as you handed it in.", "{note}")
        case .productRejected:
            MailText(
                "{product} was not approved", greeting,
                "{product} was not approved. What was approved before stays for sale. The reason:", "{note}",
                "You can change it and hand it in again.")
        }
    }
}
