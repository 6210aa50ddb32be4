// SPDX-License-Identifier: Apache-2.0

/// The routes of each rule of `PermissionMatrix`: methods, a space, the path.
enum PermissionMatrixRoutes {
    /// Catalog and reviews are read by everybody; whoever logs in has no token yet; what describes and watches the service.
    private static let catalog = """
        POST /api/auth/login/
        POST /api/auth/password/forgot/
        POST /api/auth/password/reset/
        POST /api/auth/refresh/
        POST /api/auth/register/
        POST /api/auth/verify-email/
        GET /api/categories/list/
        GET /api/health/
        GET /api/health/ready/
        GET /api/products/detail/
        GET /api/products/filter/
        GET /api/products/list/
        GET /api/products/search/
        GET /api/reviews/list/
        GET /api/reviews/summary/
        GET /api/sellers/public/
        GET /api/version/
        GET /docs/
        GET /docs/{file}
        GET /media/reviews/{file}
        GET /media/{first}/{second}/{file}
        GET /schema/
        """

    /// A cart is its owner's: a customer's, or whose token it is.
    private static let carts = """
        POST /api/cart/add/
        POST /api/cart/clear/
        GET /api/cart/get/
        POST /api/cart/remove/
        POST /api/cart/update/
        """

    /// What every user has: an account, addresses, notifications, companies that they belong to, and the way to become a seller.
    private static let accounts = """
        POST /api/addresses/create/
        POST /api/addresses/delete/
        GET /api/addresses/list/
        POST /api/addresses/set-default/
        PUT /api/addresses/update/
        POST /api/auth/account/delete/
        PUT /api/auth/email/change/
        POST /api/auth/mfa/enroll/
        POST /api/auth/mfa/verify/
        PUT /api/auth/password/change/
        GET /api/auth/profile/
        PUT /api/auth/profile/update/
        POST /api/auth/profile/upload-avatar/
        POST /api/auth/resend-verification/
        GET /api/auth/sessions/
        POST /api/auth/sessions/revoke/
        POST /api/companies/create/
        GET /api/companies/detail/
        GET /api/companies/members/
        POST /api/companies/members/accept/
        POST /api/companies/members/invite/
        POST /api/companies/members/remove/
        POST /api/companies/members/set-role/
        PUT /api/companies/update/
        GET /api/notifications/list/
        POST /api/notifications/mark-all-read/
        POST /api/notifications/mark-read/
        GET,PUT /api/notifications/preferences/
        GET /api/notifications/stream/
        GET /api/notifications/unread-count/
        POST /api/sellers/register/
        """

    /// Twice does no harm.
    private static let leaving = """
        POST /api/auth/logout/
        """

    /// Buying, and judging what one has bought.
    private static let buying = """
        POST /api/orders/cancel/
        POST /api/orders/create/
        GET /api/orders/detail/
        GET /api/orders/list/
        POST /api/orders/release/
        POST /api/orders/reorder/
        GET /api/orders/status/
        GET /api/orders/tracking/
        GET /api/payments/history/
        POST /api/payments/initiate/
        GET /api/payments/methods/
        GET /api/payments/status/
        POST /api/payments/verify/
        GET /api/refunds/detail/
        GET /api/refunds/list/
        POST /api/reviews/create/
        POST /api/reviews/delete/
        POST /api/reviews/helpful/
        POST /api/reviews/report/
        PUT /api/reviews/update/
        POST /api/reviews/upload-media/
        POST /api/wishlist/add/
        GET /api/wishlist/get/
        POST /api/wishlist/remove/
        """

    /// Selling: through the caller's own seller only.
    private static let selling = """
        POST /api/exports/create/
        GET /api/exports/download/
        GET /api/exports/status/
        POST /api/imports/create/
        GET /api/imports/errors/
        GET /api/imports/status/
        POST /api/inventory/adjust/
        GET /api/inventory/list/
        GET /api/inventory/movements/
        POST /api/products/archive/
        POST /api/products/create/
        POST /api/products/relist/
        POST /api/products/submit/
        POST /api/products/unlist/
        PUT /api/products/update/
        POST /api/products/upload-image/
        GET /api/sellers/kyc/document/
        GET /api/sellers/kyc/status/
        POST /api/sellers/kyc/submit/
        POST /api/sellers/kyc/upload/
        GET /api/sellers/low-stock/
        GET /api/sellers/orders/
        GET /api/sellers/orders/detail/
        POST /api/sellers/orders/update-status/
        GET /api/sellers/price-lists/
        POST /api/sellers/price-lists/assign/
        POST /api/sellers/price-lists/create/
        GET /api/sellers/price-lists/detail/
        PUT /api/sellers/price-lists/update/
        GET /api/sellers/products/
        GET /api/sellers/products/detail/
        GET /api/sellers/profile/
        POST /api/sellers/reviews/respond/
        PUT /api/sellers/update/
        POST /api/sellers/upload-logo/
        """

    /// The address is the permission: it was signed for one admin and ends soon.
    private static let links = """
        GET /api/admin/kyc/document/
        """

    /// Its signature is over the body.
    private static let provider = """
        POST /api/payments/webhook/
        """

    private static let productsRead = """
        GET /api/admin/catalog/products/pending/
        GET /api/admin/products/
        GET /api/admin/products/detail/
        GET /api/admin/reviews/
        """

    private static let productsWrite = """
        POST /api/admin/catalog/products/set-approval/
        POST /api/admin/categories/create/
        POST /api/admin/categories/delete/
        POST /api/admin/categories/move/
        PUT /api/admin/categories/update/
        POST /api/admin/products/approve/
        POST /api/admin/products/archive/
        POST /api/admin/products/reject/
        POST /api/admin/reviews/moderate/
        """

    private static let commissionRead = """
        GET /api/admin/commission/get/
        GET /api/admin/tax-rates/
        """

    private static let commissionWrite = """
        POST /api/admin/commission/set/
        POST /api/admin/tax-rates/set/
        """

    private static let usersWrite = """
        POST /api/admin/companies/verify/
        POST /api/admin/users/block/
        POST /api/admin/users/unblock/
        """

    private static let ordersRead = """
        GET /api/admin/disputes/
        GET /api/admin/orders/
        GET /api/admin/orders/detail/
        GET /api/admin/refunds/detail/
        GET /api/admin/refunds/list/
        """

    private static let refundsWrite = """
        POST /api/admin/disputes/accept/
        POST /api/admin/disputes/evidence/
        POST /api/admin/refund/
        POST /api/admin/refunds/decide/
        POST /api/admin/refunds/retry/
        """

    private static let sellersRead = """
        GET /api/admin/kyc/pending/
        GET /api/admin/sellers/
        GET /api/admin/sellers/detail/
        """

    private static let sellersWrite = """
        POST /api/admin/kyc/review/
        POST /api/admin/sellers/approve/
        POST /api/admin/sellers/close/
        POST /api/admin/sellers/reinstate/
        POST /api/admin/sellers/reject/
        POST /api/admin/sellers/set-trusted/
        POST /api/admin/sellers/suspend/
        """

    private static let settlementsRead = """
        GET /api/admin/ledger/accounts/
        GET /api/admin/ledger/adjustments/
        GET /api/admin/ledger/entries/
        GET /api/admin/ledger/trace/
        GET /api/admin/reconciliation/detail/
        GET /api/admin/reconciliation/list/
        """

    private static let settlementsWrite = """
        POST /api/admin/ledger/adjust/
        POST /api/admin/ledger/adjust/decide/
        POST /api/admin/reconciliation/run/
        """

    private static let opsRead = """
        GET /api/admin/ops/inbox/
        GET /api/admin/ops/jobs/
        GET /api/admin/ops/outbox/
        GET /api/admin/ops/overview/
        GET /api/admin/ops/reservations/
        """

    private static let opsWrite = """
        POST /api/admin/ops/inbox/replay/
        POST /api/admin/ops/jobs/acknowledge/
        POST /api/admin/ops/jobs/retry/
        """

    private static let ordersWrite = """
        POST /api/admin/orders/cancel/
        POST /api/admin/orders/set-status/
        """

    private static let usersRead = """
        GET /api/admin/users/
        GET /api/admin/users/detail/
        """

    /// An order is explained to each of its parties.
    private static let parties = """
        GET /api/orders/explain/
        """

    /// All of them.
    static let all: [(PermissionMatrix.Rule, String)] = [
        (.everybody, catalog),
        (.nobodyOrCustomers, carts),
        (.loggedIn, accounts),
        (.formerly, leaving),
        (.parties("orders:read"), parties),
        (.customers, buying),
        (.sellers, selling),
        (.signedLink, links),
        (.provider, provider),
        (.admins("products:read"), productsRead),
        (.admins("products:write"), productsWrite),
        (.admins("commission:read"), commissionRead),
        (.admins("commission:write"), commissionWrite),
        (.admins("users:write"), usersWrite),
        (.admins("orders:read"), ordersRead),
        (.admins("refunds:write"), refundsWrite),
        (.admins("sellers:read"), sellersRead),
        (.admins("sellers:write"), sellersWrite),
        (.admins("settlements:read"), settlementsRead),
        (.admins("settlements:write"), settlementsWrite),
        (.admins("ops:read"), opsRead),
        (.admins("ops:write"), opsWrite),
        (.admins("orders:write"), ordersWrite),
        (.admins("users:read"), usersRead),
    ]
}
