// SPDX-License-Identifier: Apache-2.0

/// The kinds of objects that have ids, each with its prefix.
public enum IDKinds {
    /// A person with an account.
    public enum User: IDKind {
        /// `usr_`.
        public static var prefix: StaticString { "usr_" }
    }
    /// A postal address.
    public enum Address: IDKind {
        /// `adr_`.
        public static var prefix: StaticString { "adr_" }
    }
    /// A category of the catalogue.
    public enum Category: IDKind {
        /// `cat_`.
        public static var prefix: StaticString { "cat_" }
    }
    /// A product.
    public enum Product: IDKind {
        /// `prd_`.
        public static var prefix: StaticString { "prd_" }
    }
    /// A variant of a product: what stock and prices hang on.
    public enum Variant: IDKind {
        /// `var_`.
        public static var prefix: StaticString { "var_" }
    }
    /// An image.
    public enum Image: IDKind {
        /// `img_`.
        public static var prefix: StaticString { "img_" }
    }
    /// A cart.
    public enum Cart: IDKind {
        /// `cart_`.
        public static var prefix: StaticString { "cart_" }
    }
    /// A line of a cart.
    public enum CartLine: IDKind {
        /// `cln_`.
        public static var prefix: StaticString { "cln_" }
    }
    /// A customer's order.
    public enum Order: IDKind {
        /// `ord_`.
        public static var prefix: StaticString { "ord_" }
    }
    /// One seller's part of an order.
    public enum SellerOrder: IDKind {
        /// `sor_`.
        public static var prefix: StaticString { "sor_" }
    }
    /// A line of an order.
    public enum OrderLine: IDKind {
        /// `oln_`.
        public static var prefix: StaticString { "oln_" }
    }
    /// An attempt to pay an order.
    public enum Payment: IDKind {
        /// `pay_`.
        public static var prefix: StaticString { "pay_" }
    }
    /// A refund.
    public enum Refund: IDKind {
        /// `ref_`.
        public static var prefix: StaticString { "ref_" }
    }
    /// A shipment.
    public enum Shipment: IDKind {
        /// `shp_`.
        public static var prefix: StaticString { "shp_" }
    }
    /// A return.
    public enum Return: IDKind {
        /// `ret_`.
        public static var prefix: StaticString { "ret_" }
    }
    /// A seller.
    public enum Seller: IDKind {
        /// `sel_`.
        public static var prefix: StaticString { "sel_" }
    }
    /// A document that proves who a seller is.
    public enum KYCDocument: IDKind {
        /// `kyc_`.
        public static var prefix: StaticString { "kyc_" }
    }
    /// A settlement with a seller.
    public enum Settlement: IDKind {
        /// `set_`.
        public static var prefix: StaticString { "set_" }
    }
    /// An entry of the ledger.
    public enum JournalEntry: IDKind {
        /// `jrn_`.
        public static var prefix: StaticString { "jrn_" }
    }
    /// A commission rule.
    public enum Commission: IDKind {
        /// `com_`.
        public static var prefix: StaticString { "com_" }
    }
    /// A review.
    public enum Review: IDKind {
        /// `rev_`.
        public static var prefix: StaticString { "rev_" }
    }
    /// A dispute about a payment.
    public enum Dispute: IDKind {
        /// `dsp_`.
        public static var prefix: StaticString { "dsp_" }
    }
    /// A run of the reconciliation with the payment provider.
    public enum Reconciliation: IDKind {
        /// `rcn_`.
        public static var prefix: StaticString { "rcn_" }
    }
    /// A notification.
    public enum Notification: IDKind {
        /// `ntf_`.
        public static var prefix: StaticString { "ntf_" }
    }
    /// A company that buys.
    public enum Company: IDKind {
        /// `cmp_`.
        public static var prefix: StaticString { "cmp_" }
    }
    /// A seller's price list.
    public enum PriceList: IDKind {
        /// `plt_`.
        public static var prefix: StaticString { "plt_" }
    }
    /// A quote.
    public enum Quote: IDKind {
        /// `quo_`.
        public static var prefix: StaticString { "quo_" }
    }
    /// An invoice.
    public enum Invoice: IDKind {
        /// `inv_`.
        public static var prefix: StaticString { "inv_" }
    }
    /// A domain event.
    public enum Event: IDKind {
        /// `evt_`.
        public static var prefix: StaticString { "evt_" }
    }
    /// A subscriber of outgoing events.
    public enum Webhook: IDKind {
        /// `whk_`.
        public static var prefix: StaticString { "whk_" }
    }
    /// An entry of the audit log.
    public enum AuditEntry: IDKind {
        /// `aud_`.
        public static var prefix: StaticString { "aud_" }
    }
    /// A report.
    public enum Report: IDKind {
        /// `rpt_`.
        public static var prefix: StaticString { "rpt_" }
    }
    /// An import of a seller's table.
    public enum Import: IDKind {
        /// `imp_`.
        public static var prefix: StaticString { "imp_" }
    }
    /// An export of a seller's table.
    public enum Export: IDKind {
        /// `exp_`.
        public static var prefix: StaticString { "exp_" }
    }
    /// A family of refresh tokens: one login on one device. Internal to the server, though tokens name it.
    public enum Session: IDKind {
        /// `ses_`.
        public static var prefix: StaticString { "ses_" }
    }
}

/// The id of a person with an account: `usr_…`.
public typealias UserID = ID<IDKinds.User>
/// The id of a postal address: `adr_…`.
public typealias AddressID = ID<IDKinds.Address>
/// The id of a category of the catalogue: `cat_…`.
public typealias CategoryID = ID<IDKinds.Category>
/// The id of a product: `prd_…`.
public typealias ProductID = ID<IDKinds.Product>
/// The id of a variant of a product: what stock and prices hang on: `var_…`.
public typealias VariantID = ID<IDKinds.Variant>
/// The id of an image: `img_…`.
public typealias ImageID = ID<IDKinds.Image>
/// The id of a cart: `cart_…`.
public typealias CartID = ID<IDKinds.Cart>
/// The id of a line of a cart: `cln_…`.
public typealias CartLineID = ID<IDKinds.CartLine>
/// The id of a customer's order: `ord_…`.
public typealias OrderID = ID<IDKinds.Order>
/// The id of one seller's part of an order: `sor_…`.
public typealias SellerOrderID = ID<IDKinds.SellerOrder>
/// The id of a line of an order: `oln_…`.
public typealias OrderLineID = ID<IDKinds.OrderLine>
/// The id of an attempt to pay an order: `pay_…`.
public typealias PaymentID = ID<IDKinds.Payment>
/// The id of a refund: `ref_…`.
public typealias RefundID = ID<IDKinds.Refund>
/// The id of a shipment: `shp_…`.
public typealias ShipmentID = ID<IDKinds.Shipment>
/// The id of a return: `ret_…`.
public typealias ReturnID = ID<IDKinds.Return>
/// The id of a seller: `sel_…`.
public typealias SellerID = ID<IDKinds.Seller>
/// The id of a document that proves who a seller is: `kyc_…`.
public typealias KYCDocumentID = ID<IDKinds.KYCDocument>
/// The id of a settlement with a seller: `set_…`.
public typealias SettlementID = ID<IDKinds.Settlement>
/// The id of an entry of the ledger: `jrn_…`.
public typealias JournalEntryID = ID<IDKinds.JournalEntry>
/// The id of a commission rule: `com_…`.
public typealias CommissionID = ID<IDKinds.Commission>
/// The id of a review: `rev_…`.
public typealias ReviewID = ID<IDKinds.Review>
/// The id of a dispute about a payment: `dsp_…`.
public typealias DisputeID = ID<IDKinds.Dispute>
/// The id of a run of the reconciliation with the payment provider: `rcn_…`.
public typealias ReconciliationID = ID<IDKinds.Reconciliation>
/// The id of a notification: `ntf_…`.
public typealias NotificationID = ID<IDKinds.Notification>
/// The id of a company that buys: `cmp_…`.
public typealias CompanyID = ID<IDKinds.Company>
/// The id of a seller's price list: `plt_…`.
public typealias PriceListID = ID<IDKinds.PriceList>
/// The id of a quote: `quo_…`.
public typealias QuoteID = ID<IDKinds.Quote>
/// The id of an invoice: `inv_…`.
public typealias InvoiceID = ID<IDKinds.Invoice>
/// The id of a domain event: `evt_…`.
public typealias EventID = ID<IDKinds.Event>
/// The id of a subscriber of outgoing events: `whk_…`.
public typealias WebhookID = ID<IDKinds.Webhook>
/// The id of an entry of the audit log: `aud_…`.
public typealias AuditEntryID = ID<IDKinds.AuditEntry>
/// The id of a report: `rpt_…`.
public typealias ReportID = ID<IDKinds.Report>
/// The id of an import: `imp_…`.
public typealias ImportID = ID<IDKinds.Import>
/// The id of an export: `exp_…`.
public typealias ExportID = ID<IDKinds.Export>
/// The id of a login session: `ses_…`.
public typealias SessionID = ID<IDKinds.Session>
