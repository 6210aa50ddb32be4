# SPDX-License-Identifier: Apache-2.0
"""What schemathesis cannot guess: hooks for check-api.

Made-up ids name nothing, so every second valid case is made one about things that exist: a product, the buyer's cart as it is, an order
that waits for its money. The other cases go out as they were generated.
"""
import atexit
import base64
import collections
import hashlib
import hmac
import json
import os
import pathlib
import quopri
import re
import struct
import time
import urllib.parse
import uuid
import zlib

import requests
import schemathesis
from schemathesis.generation.modes import GenerationMode

URL = os.environ["API_URL"]
SANDBOX = os.environ["SANDBOX_URL"]
WEBHOOK_SECRET = os.environ["RAZORPAY_WEBHOOK_SECRET"].encode()

with open(os.environ["API_TOKENS"], encoding="utf-8") as file:
    TOKENS = [line.rstrip("\n").split("\t")[1] for line in file]

made = {}
seen = collections.defaultdict(collections.Counter)
turns = collections.Counter()
labels = set()


ADDRESS = {
    "name": "Asha Rao", "phone": "+919876543210", "line1": "12 Lake Road", "city": "Bengaluru", "state_code": "KA",
    "postal_code": "560001",
}


class Buyer:
    """The buyer whose token the cases carry, as their requests find it."""

    def __init__(self, token):
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {token}"
        self.products = list(self.all("/api/products/list/?limit=100&sort=price"))
        self.variants = [
            variant["id"]
            for product in self.products
            for variant in self.get(f"/api/products/detail/?id={product['id']}")["variants"]
            # Of those that were loaded for this, with stock for every case and no rules about quantities; but not the demo
            # seller's, who takes products off the shelf.
            if variant["sku"].startswith("LOAD-") and product["seller"]["name"] != "Kaveri Traders"
        ]
        assert self.variants, "mve seed has loaded no products"

    def all(self, path):
        page = self.get(path)
        yield from page["data"]
        while page["page"]["has_more"]:
            page = self.get(f"{path}&cursor={page['page']['next_cursor']}")
            yield from page["data"]

    def get(self, path):
        return self.answer(self.session.get(URL + path, timeout=30))

    def post(self, path, body, base=URL):
        return self.answer(self.session.post(base + path, json=body, timeout=30))

    @staticmethod
    def answer(response):
        assert response.ok, f"{response.request.method} {response.url}: {response.status_code} {response.text}"
        return response.json()

    def cart(self):
        """The cart, with something in it that can be ordered."""
        cart = self.get("/api/cart/get/")
        if cart["groups"] and not cart["problems"]:
            return cart
        self.post("/api/cart/clear/", {})
        turns["variant"] += 1
        return self.post("/api/cart/add/", {"variant_id": self.variant(), "quantity": 2})

    def variant(self):
        turns["variant"] += 1
        return self.variants[turns["variant"] % len(self.variants)]

    def new_order(self, body):
        cart = self.cart()
        return body | {
            "cart_version": cart["version"],
            "expected_total": cart["totals"]["grand_total"],
            "payment_method": "razorpay",
        }

    def order(self):
        """A new order that waits for its money."""
        return self.post("/api/orders/create/", self.new_order({"shipping_address": ADDRESS}))

    def paid(self):
        """What the checkout returns for an order that was paid in the sandbox."""
        checkout = self.post("/api/payments/initiate/", {"order_id": self.order()["id"]})["checkout"]
        path = f"/control/orders/{checkout['razorpay_order_id']}/pay"
        fields = self.post(path, {"outcome": "captured"}, base=SANDBOX)
        return {name: fields[name] for name in fields if name.startswith("razorpay_")}

    def tokens(self):
        return self.account()["tokens"]

    def account(self):
        """A new account, which a case may close, lock or rename."""
        turns["register"] += 1
        body = {"email": f"session-{turns['register']}@example.in", "password": "seven quiet lakes", "full_name": "Asha Rao"}
        return self.post("/api/auth/register/", body)

    def address(self):
        """An address of the buyer's book, which has room for more."""
        book = self.get("/api/addresses/list/")["data"]
        for address in book[10:]:
            self.session.post(f"{URL}/api/addresses/delete/", json={"id": address["id"]}, timeout=30)
        if len(book) > 1:
            return book[1]["id"]
        return self.post("/api/addresses/create/", ADDRESS)["id"]


buyer = Buyer(TOKENS[0])


class Member(Buyer):
    """One of the demo accounts, logged in anew before its token ends."""

    def __init__(self, email, password):
        self.session = requests.Session()
        self.session.trust_env = False
        self.login = {"email": email, "password": password}
        self.since = None

    def token(self):
        if self.since is None or time.monotonic() - self.since > 300:
            self.since = time.monotonic()
            self.access = self.post("/api/auth/login/", self.login)["access"]
            self.session.headers["Authorization"] = f"Bearer {self.access}"
        return self.access

    def call(self, method, path, body=None):
        self.token()
        return self.answer(self.session.request(method, URL + path, json=body, timeout=30))


seller = Member("seller@mve.test", "seller-demo-2026")
admin = Member("admin@mve.test", "admin-demo-2026")
second_admin = Member("second-admin@mve.test", "second-admin-demo-2026")


class Newcomer(Buyer):
    """An account that has just registered, and the seller that it becomes."""

    kinds = ["pan", "gst_declaration", "address_proof", "cancelled_cheque"]

    def __init__(self, steps="register"):
        self.session = requests.Session()
        self.session.trust_env = False
        turns["newcomer"] += 1
        self.number = turns["newcomer"]
        body = {"email": f"newcomer-{self.number}@example.in", "password": "seven quiet lakes", "full_name": "Asha Rao"}
        self.access = self.post("/api/auth/register/", body)["tokens"]["access"]
        self.session.headers["Authorization"] = f"Bearer {self.access}"
        if steps == "account":
            return
        self.id = self.post("/api/sellers/register/", self.registration())["id"]
        if steps == "register":
            return
        self.documents = [self.upload(kind) for kind in self.kinds]
        if steps == "upload":
            return
        self.post("/api/sellers/kyc/submit/", {})
        if steps == "submit":
            return
        for document in self.documents:
            admin.call("POST", "/api/admin/kyc/review/", {"document_id": document, "decision": "verified"})
        if steps in ("active", "suspended"):
            admin.call("POST", "/api/admin/sellers/approve/", {"id": self.id})
        if steps == "suspended":
            admin.call("POST", "/api/admin/sellers/suspend/", self.reasons())

    def token(self):
        return self.access

    def reasons(self):
        return {"id": self.id, "reason_code": "checked", "note": "By the check."}

    def registration(self):
        return {
            "business_name": f"Newcomer {self.number}", "legal_name": "Newcomer Traders", "type": "individual",
            "pan": "AAGCB7383J", "contact": {"name": "Asha Rao", "email": "sales@example.in", "phone": "+919876543210"},
            "pickup_address": {
                "name": "Store", "phone": "+919876543210", "line1": "1 MG Road", "city": "Bengaluru",
                "state_code": "KA", "postal_code": "560001",
            },
            "bank": {"account_holder": "Asha Rao", "account_number": "002301567890", "ifsc": "HDFC0000123"},
            "accepted_terms_version": "2026-11",
        }

    def upload(self, kind):
        answer = self.session.post(
            URL + "/api/sellers/kyc/upload/", data={"document_type": kind}, files={"file": ("a.pdf", b"%PDF-1.7\n")}, timeout=30
        )
        return self.answer(answer)["document"]["id"]


def acts(case, newcomer, body=None):
    """Lets a newcomer make the request."""
    case.headers["Authorization"] = f"Bearer {newcomer.access}"
    if body is not None:
        case.body = body


def register_seller(case):
    newcomer = Newcomer("account")
    acts(case, newcomer, newcomer.registration())


def upload_document(case):
    acts(case, Newcomer(), {"document_type": "pan", "file": b"%PDF-1.7\n"})


def read_document(case):
    newcomer = Newcomer("upload")
    acts(case, newcomer)
    case.query.update(id=newcomer.documents[0])


def view_document(case):
    document = Newcomer("submit").documents[0]
    page = admin.call("GET", "/api/admin/kyc/pending/?limit=100", None)
    while not any(row["id"] == document for row in page["data"]):
        page = admin.call("GET", f"/api/admin/kyc/pending/?limit=100&cursor={page['page']['next_cursor']}", None)
    url = next(row["url"] for row in page["data"] if row["id"] == document)
    case.query = dict(urllib.parse.parse_qsl(url.split("?")[1]))


def of(steps):
    """A body about a newcomer that has come so far."""
    return lambda case: setattr(case, "body", Newcomer(steps).reasons())


def caller_of(label):
    """Who calls an operation that is no buyer's; None for a buyer."""
    method, path = label.split(" ")
    if path == "/api/sellers/update/":
        # The demo seller must not go on holiday meanwhile.
        if "changing" not in made:
            made["changing"] = Newcomer()
        return made["changing"]
    if path.startswith("/api/admin/"):
        return admin
    if path.startswith(("/api/sellers/", "/api/inventory/", "/api/imports/", "/api/exports/")) or (path.startswith("/api/products/") and method != "GET"):
        return seller
    return None


def new_product():
    turns["sku"] += 1
    return {
        "title": "Checked speaker", "description": "Two-way.", "category_id": buyer.products[0]["category_id"],
        "hsn_code": "851822", "gst_rate_bps": 1800,
        "variants": [
            {"sku": f"CHECK-{turns['sku']}", "price": {"amount": 1000, "currency": "INR"}, "weight_g": 100, "stock": 2}
        ],
    }


def draft():
    seller.token()
    return seller.post("/api/products/create/", new_product())["id"]


def submitted():
    product = draft()
    seller.post("/api/products/submit/", {"id": product})
    return product


def listed():
    product = submitted()
    admin.call("POST", "/api/admin/products/approve/", {"id": product})
    return product


def unlisted():
    product = listed()
    seller.post("/api/products/unlist/", {"id": product})
    return product


def change_product(case):
    case.body = {"id": draft(), "expected_version": 1, "title": "Another name"}


def decide(case):
    case.body = {"id": submitted(), "reason_code": "images", "note": "Too dark."}


def set_approval(case):
    turns["approval"] += 1
    one = {"id": submitted(), "approved": True}
    case.body = one if turns["approval"] % 2 else {"items": [one]}


def picture():
    """A PNG of one pixel, of another colour each time."""
    turns["picture"] += 1
    pixel = bytes([0, turns["picture"] % 256, turns["picture"] // 256 % 256, 7])

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(pixel)) + chunk(b"IEND", b"")


def upload(case):
    case.body = {"file": picture()}


PORTRAIT = picture()


def upload_portrait(case):
    # Few may wait for their use: the same one again is none more.
    case.body = {"file": PORTRAIT}


class Desk:
    """A seller, and what is sold there."""

    def __init__(self):
        self.variants = [level["variant_id"] for level in seller.call("GET", "/api/inventory/list/?limit=100")["data"]]
        assert self.variants, "the demo seller sells nothing"

    def variant(self):
        turns["own variant"] += 1
        return self.variants[turns["own variant"] % len(self.variants)]

    def entries(self):
        price = {"amount": 100, "currency": "INR"}
        return [{"variant_id": self.variant(), "tiers": [{"min_quantity": 1, "price": price}]}]

    def price_list(self):
        body = {"name": "Wholesale", "currency": "INR", "entries": self.entries()}
        return seller.call("POST", "/api/sellers/price-lists/create/", body)["id"]


desk = Desk()


class Stranger(Buyer):
    """A new customer, who buys what the buyer buys."""

    def __init__(self):
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {buyer.tokens()['access']}"
        self.products, self.variants = buyer.products, buyer.variants


def delivered_line(who=None):
    """A line of an order that has arrived from the demo seller."""
    customer, order, _ = sold("accepted", "packed", "shipped", "delivered", who=who or buyer)
    return customer.get(f"/api/orders/detail/?id={order}")["seller_orders"][0]["lines"][0]["id"]


def sold(*steps, who=None, quantity=1):
    """A paid order at the demo seller's, of a new customer unless told otherwise, led so far: (customer, order, part)."""
    customer = who or Stranger()
    customer.post("/api/cart/clear/", {})
    # Some of the demo seller's goods are sold by the dozen only.
    for _ in desk.variants:
        body = {"variant_id": desk.variant(), "quantity": quantity}
        if customer.session.post(f"{URL}/api/cart/add/", json=body, timeout=30).ok:
            break
    checkout = customer.paid()
    customer.post("/api/payments/verify/", checkout)
    order = customer.get("/api/orders/list/?limit=1")["data"][0]
    part = order["seller_orders"][0]["id"]
    for step in steps:
        body = {"id": part, "status": step}
        if step == "delivered":
            admin.call("POST", "/api/admin/orders/set-status/", body | {"reason": "Proof by mail."})
            continue
        if step == "shipped":
            body["shipment"] = {"carrier": "dtdc", "tracking_number": uuid.uuid4().hex}
        seller.call("POST", "/api/sellers/orders/update-status/", body)
    return customer, order["id"], part


def move_part(case):
    case.body = {"id": sold()[2], "status": "accepted"}


def cancel_order(case):
    customer, order, _ = sold("accepted")
    case.headers["Authorization"] = customer.session.headers["Authorization"]
    case.body = {"id": order, "reason_code": "changed_mind"}


def track_order(case):
    customer, order, _ = sold("accepted", "packed", "shipped")
    case.headers["Authorization"] = customer.session.headers["Authorization"]
    case.query.update(id=order)


def any_order(case):
    case.query.clear()
    case.query.update(id=sold("accepted", "packed", "shipped")[1])


def all_orders(case):
    for name in ("cursor", "seller_id", "customer_id", "q", "amount_min", "amount_max"):
        case.query.pop(name, None)


def set_part(case):
    case.body = {"id": sold("accepted", "packed", "shipped")[2], "status": "delivered", "reason": "Proof by mail."}


def refund_wish(amount=None):
    wish = {"order_id": sold(quantity=3)[1], "reason_code": "damaged"}
    return wish | ({"amount": {"amount": amount, "currency": "INR"}} if amount else {})


def refunded(amount=None, by=None):
    """A refund of a fresh order: of so much goodwill, or of everything, which a second admin has to decide about."""
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    (by or admin).token()
    wish = refund_wish(amount)
    return Buyer.answer((by or admin).session.post(URL + "/api/admin/refund/", json=wish, headers=headers, timeout=30))


def give_money_back(case):
    case.body = refund_wish(100)
    case.headers["Idempotency-Key"] = uuid.uuid4().hex


def decide_refund(case):
    case.body = {"id": refunded(by=second_admin)["id"], "decision": "approve"}


def refund_until(refund, ready):
    """The refund once the job and the provider's events have led it so far; they take seconds."""
    for _ in range(300):
        known = admin.call("GET", f"/api/admin/refunds/detail/?id={refund['id']}")
        if ready(known):
            return known
        time.sleep(0.1)
    raise AssertionError(f"{known} does not go on")


def retry_refund(case):
    refund = refund_until(refunded(100), lambda known: "provider_refund_id" in known)
    buyer.post(f"/control/refunds/{refund['provider_refund_id']}/failed", {}, base=SANDBOX)
    refund_until(refund, lambda known: known["status"] == "failed")
    case.body = {"id": refund["id"]}


def own_refund(case):
    customer, order, _ = sold(quantity=3)
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    wish = {"order_id": order, "reason_code": "goodwill", "amount": {"amount": 100, "currency": "INR"}}
    admin.token()
    refund = Buyer.answer(admin.session.post(URL + "/api/admin/refund/", json=wish, headers=headers, timeout=30))
    case.headers["Authorization"] = customer.session.headers["Authorization"]
    case.query.update(id=refund["id"])


def review(who=None):
    body = {"order_line_id": delivered_line(who), "rating": 4, "text": "Works."}
    return (who or buyer).post("/api/reviews/create/", body)["id"]


def review_subject(case):
    turns["subject"] += 1
    product = buyer.products[turns["subject"] % len(buyer.products)]
    case.query.pop("cursor", None)
    for name in ("product_id", "seller_id"):
        case.query.pop(name, None)
    one = {"product_id": product["id"]} if turns["subject"] % 2 else {"seller_id": product["seller"]["id"]}
    case.query.update(one)


def write_review(case):
    case.body |= {"order_line_id": delivered_line(), "text": "Works.", "title": None, "media_ids": None}


def change_review(case):
    case.body |= {"id": review(), "text": "Works well.", "title": None, "media_ids": None}


def upload_for_review(case):
    delivered_line()
    case.body = {"file": picture()}


def send_table(case):
    case.body = {"file": b"sku,quantity\r\n", "kind": "stock", "format": "csv"}


def new_import():
    seller.token()
    table = {"file": ("a.csv", b"sku,quantity\r\nNONE,1\r\n")}
    return Buyer.answer(
        seller.session.post(f"{URL}/api/imports/create/", files=table, data={"kind": "stock"}, timeout=30)
    )["id"]


def new_export():
    """An export that is done."""
    seller.token()
    export = seller.post("/api/exports/create/", {"kind": "stock"})["id"]
    for _ in range(300):
        if seller.get(f"/api/exports/status/?id={export}")["status"] == "done":
            return export
        time.sleep(0.1)
    raise AssertionError("an export is not written")


def gstin():
    """A tax number that nobody has: the check character is right."""
    turns["gstin"] += 1
    number = turns["gstin"]
    letters = "".join(chr(ord("A") + number // 26**place % 26) for place in range(5))
    text = f"29{letters}{number % 10000:04}K1Z"
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    total = sum(sum(divmod(digits.index(letter) * (place % 2 + 1), 36)) for place, letter in enumerate(text))
    return text + digits[-total % 36]


def company():
    body = {"legal_name": "Loom Traders", "gstin": gstin(), "billing_email": "bills@loom.example"}
    return buyer.post("/api/companies/create/", body)


def member():
    """A company with somebody else in it: both ids."""
    (id, newcomer) = verified_company(), Newcomer("account")
    newcomer.post("/api/companies/members/accept/", {"token": invitation(id, newcomer)})
    members = buyer.get(f"/api/companies/members/?id={id}")["data"]
    return {"id": id, "user_id": next(one["user_id"] for one in members if one["role"] == "buyer")}


def verified_company():
    made = company()
    verdict = {"id": made["id"], "verified": True, "expected_version": made["version"]}
    return admin.call("POST", "/api/admin/companies/verify/", verdict)["id"]


def invitation(company, newcomer):
    """What the mail to somebody says who is invited; the mail that welcomes them comes before it."""
    email = f"newcomer-{newcomer.number}@example.in"
    welcome = mailed(email)
    body = {"id": company, "email": email, "role": "buyer"}
    answer = buyer.session.post(f"{URL}/api/companies/members/invite/", json=body, timeout=30)
    assert answer.status_code == 202, answer.text
    return mailed(email, after=welcome)


def accept_invitation(case):
    newcomer = Newcomer("account")
    acts(case, newcomer, {"token": invitation(verified_company(), newcomer)})


def category():
    turns["new category"] += 1
    slug = f"made-{turns['new category']}"
    return admin.call("POST", "/api/admin/categories/create/", {"name": "Made", "slug": slug})["id"]


def new_category(case):
    turns["new category"] += 1
    case.body |= {"slug": f"wanted-{turns['new category']}", "parent_id": None, "name": "Wanted"}
    case.body.pop("image_url", None)


def change_category(case):
    turns["new category"] += 1
    case.body |= {"id": category(), "slug": f"changed-{turns['new category']}", "name": "Changed"}
    case.body.pop("image_url", None)


def new_company(case):
    case.body |= {"legal_name": "Loom Traders", "gstin": gstin(), "billing_email": "bills@loom.example"}
    case.body.pop("pan", None)


def change_company(case):
    case.body = {"id": company()["id"], "billing_email": "other@loom.example"}


def new_price_list(case):
    case.body = {"name": "Wholesale", "currency": "INR", "entries": desk.entries()}


def adjust(case):
    turns["adjust"] += 1
    change = {"delta": 1} if turns["adjust"] % 2 else {"set_to": 100_000}
    case.body = {"items": [{"variant_id": desk.variant(), "reason": "counted"} | change]}


def sign(request):
    """As the provider does: over the octets that are sent."""
    code = hmac.new(WEBHOOK_SECRET, request.body or b"", hashlib.sha256)
    request.headers["X-Razorpay-Signature"] = code.hexdigest()
    return request


def add(case):
    case.body.pop("company_id", None)
    lines = case.body["lines"] if "lines" in case.body else [case.body]
    for line in lines:
        line |= {"variant_id": buyer.variant(), "quantity": 1}
    del lines[3:]


def update(case):
    case.body.pop("company_id", None)
    if "shipping_address_id" in case.body:
        case.body["shipping_address_id"] = buyer.address()
    line = buyer.cart()["groups"][0]["lines"][0]
    case.body["lines"] = [{"line_id": line["id"], "quantity": turns["quantity"] % 3}]
    turns["quantity"] += 1


def remove(case):
    line = buyer.cart()["groups"][0]["lines"][0]
    name = "line_id" if "line_id" in case.body else "variant_id"
    case.body[name] = line["id"] if name == "line_id" else line["variant_id"]


def create(case):
    # The cart is nobody's company's.
    for name in ("shipping_address_id", "billing_address_id", "company_id"):
        case.body.pop(name, None)
    turns["order address"] += 1
    if turns["order address"] % 2:
        case.body.pop("shipping_address", None)
        case.body["shipping_address_id"] = buyer.address()
    else:
        case.body["shipping_address"] = ADDRESS
    # Of the state that the tax number is of.
    case.body.update(billing_address=ADDRESS, gstin="29AAGCB7383J1Z4")
    case.body = buyer.new_order(case.body)
    if turns["order address"] % 4 == 3:
        case.body["payment_method"] = "cod"


def as_somebody_else(case):
    """The case of an account of its own."""
    account = buyer.account()
    case.headers["Authorization"] = f"Bearer {account['tokens']['access']}"
    return account


def with_password(name):
    def change(case):
        as_somebody_else(case)
        case.body[name] = "seven quiet lakes"
    return change


def change_password(case):
    with_password("current_password")(case)
    case.body["password"] = "eight loud rivers"


def change_email(case):
    with_password("current_password")(case)
    turns["email"] += 1
    case.body["email"] = f"moved-{turns['email']}@example.in"


def mailed(email, after=None):
    """The secret of the newest mail to an address, once that is another than `after`."""
    folder = pathlib.Path(os.environ["MVE_DATA_DIR"], "mail")
    for _ in range(300):
        files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime) if folder.exists() else []
        for file in reversed(files):
            text = file.read_bytes().decode()
            if f"<{email}>" in text:
                body = quopri.decodestring(text.split("\r\n\r\n", 1)[1]).decode()
                secret = re.search(r"(?m)^([A-Za-z0-9_-]{43})\r?$", body).group(1)
                if secret != after:
                    return secret
                break
        time.sleep(0.1)
    raise AssertionError(f"no mail came to {email}")


def dispute():
    """A dispute about a payment that was made for it, once the provider's event of it has come."""
    body = {"payment_id": buyer.paid()["razorpay_payment_id"], "phase": "chargeback"}
    name = buyer.post("/control/disputes", body, base=SANDBOX)["id"]
    for _ in range(300):
        page = admin.call("GET", "/api/admin/disputes/?limit=100", None)
        for known in page["data"]:
            if known["provider_dispute_id"] == name:
                return known["id"]
        time.sleep(0.1)
    raise AssertionError(f"nothing was heard of {name}")


def reconciliation():
    return admin.call("POST", "/api/admin/reconciliation/run/", {"date": "2026-01-01"})["id"]


def verify_email(case):
    case.body["token"] = mailed(buyer.account()["user"]["email"])


def reset_password(case):
    email = buyer.account()["user"]["email"]
    welcome = mailed(email)
    requests.post(f"{URL}/api/auth/password/forgot/", json={"email": email}, timeout=30)
    case.body |= {"token": mailed(email, after=welcome), "password": "eight loud rivers"}


def one_time_code(secret):
    key = base64.b32decode(secret)
    code = hmac.new(key, (int(time.time()) // 30).to_bytes(8, "big"), hashlib.sha1).digest()
    offset = code[19] & 15
    return f"{(int.from_bytes(code[offset:offset + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def verify_second_factor(case):
    account = as_somebody_else(case)
    headers = {"Authorization": f"Bearer {account['tokens']['access']}"}
    answer = requests.post(
        f"{URL}/api/auth/mfa/enroll/", json={"password": "seven quiet lakes"}, headers=headers, timeout=30)
    case.body["code"] = one_time_code(Buyer.answer(answer)["secret"])


def revoke_session(case):
    account = as_somebody_else(case)
    headers = {"Authorization": f"Bearer {account['tokens']['access']}"}
    sessions = Buyer.answer(requests.get(f"{URL}/api/auth/sessions/", headers=headers, timeout=30))
    case.body["id"] = sessions["data"][0]["id"]


def new_address(case):
    buyer.address()
    case.body |= ADDRESS
    case.body.pop("gstin", None)


def update_address(case):
    new_address(case)
    case.body["id"] = buyer.address()


def about_user(case):
    user = buyer.account()["user"]["id"]
    if isinstance(case.body, dict):
        case.body["id"] = user
        case.body["note"] = "Checked."
    else:
        case.query["id"] = user


def register(case):
    turns["account"] += 1
    case.body |= {"email": f"buyer-{turns['account']}@example.in", "password": "seven quiet lakes"}


def log_in(case):
    case.body |= {"email": "customer@mve.test", "password": "customer-demo-2026", "audience": None}


def order_by_id_or_number(case):
    order = buyer.order()
    name = "number" if turns["number"] % 2 else "id"
    turns["number"] += 1
    case.query = {name: order[name]}


def payment_status(case):
    order = buyer.order()
    payment = buyer.post("/api/payments/initiate/", {"order_id": order["id"]})["payment"]
    turns["payment"] += 1
    case.query = {"order_id": order["id"]} if turns["payment"] % 2 else {"payment_id": payment["id"], "refresh": "true"}


def product(case):
    name = "slug" if turns["slug"] % 2 else "id"
    turns["slug"] += 1
    case.query = {name: buyer.products[turns["slug"] % len(buyer.products)][name]}  # and for no company


def published():
    """A file as an upload leaves it."""
    name = "ab" * 32 + ".jpg"
    folder = os.path.join(os.environ["MVE_DATA_DIR"], "media", "ab", "ab")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(bytes.fromhex("ffd8ffe0ffd9"))
    return {"first": "ab", "second": "ab", "file": name}


def media(case):
    case.path_parameters = published()


def review_media(case):
    """A picture that the buyer has sent for a review which is not written yet: shown to nobody else."""
    if "review picture" not in made:
        delivered_line()
        form = {"file": ("a.png", picture(), "image/png")}
        sent = buyer.session.post(URL + "/api/reviews/upload-media/", files=form, timeout=30)
        made["review picture"] = Buyer.answer(sent)["url"].rsplit("/", 1)[1]
    case.path_parameters = {"file": made["review picture"]}


def products(case):
    for name in ("cursor", "category_id", "seller_id", "company_id"):
        case.query.pop(name, None)
    case.query["category_id"] = buyer.products[turns["category"] % len(buyer.products)]["category_id"]
    turns["category"] += 1


def narrowed(case):
    products(case)
    for name in ("brand", "rating_min", "price_min", "price_max", "currency", "attr.material", "options.Size"):
        case.query.pop(name, None)


def searched(case):
    narrowed(case)
    case.query["q"] = buyer.products[turns["category"] % len(buyer.products)]["title"][:200]


def without(*names):
    """The query as it was generated, but for what names nothing."""

    def change(case):
        for name in names:
            case.query.pop(name, None)

    return change


def keyed(case, body):
    """A body that is asked for once, under a key of its own."""
    turns["keyed"] += 1
    case.headers["Idempotency-Key"] = str(uuid.uuid5(uuid.NAMESPACE_URL, f"keyed {turns['keyed']} {time.time_ns()}"))
    case.body = body


def correction():
    amount = {"amount": 700, "currency": "INR"}
    return {
        "lines": [
            {"account": "bank", "side": "debit", "amount": amount},
            {"account": "psp_fees", "side": "credit", "amount": amount},
        ],
        "reason": "By the check.",
    }


def decided(case):
    """A correction that another admin has asked for."""
    key = {"Idempotency-Key": str(uuid.uuid4())}
    second_admin.token()
    asked = second_admin.answer(
        second_admin.session.post(f"{URL}/api/admin/ledger/adjust/", json=correction(), headers=key, timeout=30))
    keyed(case, {"id": asked["id"], "decision": "approve"})


def tax_rate(case):
    """Each day has one rate of a kind."""
    turns["tax rate"] += 1
    day = turns["tax rate"]
    case.body |= {
        "kind": "tds", "base": "gross", "rate_bps": 10, "effective_from": f"{2090 + day // 28 // 12}-{day // 28 % 12 + 1:02}-{day % 28 + 1:02}",
    }


def commission(case):
    case.body = {
        "scope": {"type": "global"}, "rate_bps": 1000, "effective_from": "2090-01-01T00:00:00Z", "note": "By the check.",
    }


REAL = {
    "POST /api/admin/commission/set/": commission,
    "GET /api/admin/commission/get/": without("category_id", "seller_id", "product_id"),
    "GET /api/admin/ledger/accounts/": without("cursor"),
    "GET /api/admin/ledger/entries/": without("cursor", "account", "order_id"),
    "GET /api/admin/ledger/trace/": lambda case: setattr(case, "query", {"order_id": buyer.order()["id"]}),
    "GET /api/admin/ledger/adjustments/": without("cursor"),
    "POST /api/admin/ledger/adjust/": lambda case: keyed(case, correction()),
    "POST /api/admin/ledger/adjust/decide/": decided,
    "POST /api/admin/tax-rates/set/": tax_rate,
    "POST /api/reviews/create/": write_review,
    "GET /api/reviews/list/": review_subject,
    "GET /api/reviews/summary/": review_subject,
    "PUT /api/reviews/update/": change_review,
    "POST /api/reviews/delete/": lambda case: case.body.update(id=review()),
    "POST /api/reviews/helpful/": lambda case: case.body.update(id=review(Stranger())),
    "POST /api/reviews/report/": lambda case: case.body.update(id=review(), note=None),
    "POST /api/reviews/upload-media/": upload_for_review,
    "POST /api/sellers/reviews/respond/": lambda case: case.body.update(id=review(), text="Thank you."),
    "GET /api/admin/reviews/": lambda case: [case.query.pop(name, None) for name in ("cursor", "product_id", "seller_id")],
    "POST /api/admin/reviews/moderate/": lambda case: case.body.update(
        id=review(), action="hide", reason_code="spam", note=None
    ),
    "POST /api/imports/create/": send_table,
    "GET /api/imports/status/": lambda case: case.query.update(id=new_import()),
    "GET /api/imports/errors/": lambda case: case.query.update(id=new_import()),
    "GET /api/exports/status/": lambda case: case.query.update(id=new_export()),
    "GET /api/exports/download/": lambda case: case.query.update(id=new_export()),
    "POST /api/products/create/": lambda case: setattr(case, "body", new_product()),
    "PUT /api/products/update/": change_product,
    "POST /api/products/submit/": lambda case: setattr(case, "body", {"id": draft()}),
    "POST /api/products/unlist/": lambda case: setattr(case, "body", {"id": listed()}),
    "POST /api/products/relist/": lambda case: setattr(case, "body", {"id": unlisted()}),
    "POST /api/products/archive/": lambda case: setattr(case, "body", {"id": draft()}),
    "POST /api/products/upload-image/": upload,
    "GET /api/sellers/products/": without("cursor"),
    "GET /api/sellers/products/detail/": lambda case: case.query.update(id=submitted()),
    "GET /api/admin/products/": without("cursor", "seller_id", "category_id"),
    "GET /api/admin/products/detail/": lambda case: case.query.update(id=submitted()),
    "POST /api/admin/products/approve/": decide,
    "POST /api/admin/products/reject/": decide,
    "POST /api/admin/products/archive/": lambda case: case.body.update(id=listed()),
    "GET /api/admin/catalog/products/pending/": without("cursor", "seller_id"),
    "POST /api/admin/catalog/products/set-approval/": set_approval,
    "POST /api/auth/register/": register,
    "POST /api/auth/login/": log_in,
    "POST /api/auth/refresh/": lambda case: case.body.update(refresh=buyer.tokens()["refresh"]),
    "PUT /api/auth/profile/update/": lambda case: case.body.pop("avatar_image_id", None),
    "POST /api/auth/profile/upload-avatar/": upload_portrait,
    "POST /api/auth/verify-email/": verify_email,
    "POST /api/auth/password/reset/": reset_password,
    "PUT /api/auth/password/change/": change_password,
    "PUT /api/auth/email/change/": change_email,
    "POST /api/auth/sessions/revoke/": revoke_session,
    "POST /api/auth/mfa/enroll/": with_password("password"),
    "POST /api/auth/mfa/verify/": verify_second_factor,
    "POST /api/auth/account/delete/": with_password("password"),
    "POST /api/addresses/create/": new_address,
    "PUT /api/addresses/update/": update_address,
    "POST /api/addresses/delete/": lambda case: case.body.update(id=buyer.address()),
    "POST /api/addresses/set-default/": lambda case: case.body.update(id=buyer.address()),
    "GET /api/admin/disputes/": without("cursor", "status"),
    "POST /api/admin/disputes/evidence/": lambda case: case.body.update(
        id=dispute(), action="draft", amount=None, documents=None),
    "POST /api/admin/disputes/accept/": lambda case: case.body.update(id=dispute()),
    "GET /api/payments/history/": without("cursor", "status", "order_id"),
    "GET /api/payments/methods/": lambda case: case.query.update(order_id=buyer.order()["id"]),
    "GET /api/admin/reconciliation/list/": without("cursor"),
    "GET /api/admin/reconciliation/detail/": lambda case: case.query.update(id=reconciliation()),
    "POST /api/admin/reconciliation/run/": lambda case: case.body.update(date="2026-01-01"),
    "GET /api/admin/ops/inbox/": without("cursor", "state"),
    "GET /api/admin/users/": without("cursor"),
    "GET /api/admin/users/detail/": about_user,
    "POST /api/admin/users/block/": about_user,
    "POST /api/admin/users/unblock/": about_user,
    "POST /api/cart/add/": add,
    "POST /api/cart/update/": update,
    "POST /api/cart/remove/": remove,
    "POST /api/orders/create/": create,
    "GET /api/orders/list/": without("cursor", "company_id"),
    "POST /api/orders/release/": lambda case: case.body.update(id=buyer.order()["id"]),
    "POST /api/orders/cancel/": cancel_order,
    "GET /api/orders/tracking/": track_order,
    "POST /api/orders/reorder/": lambda case: case.body.update(id=buyer.order()["id"]),
    "GET /api/sellers/orders/": without("cursor", "q"),
    "GET /api/sellers/orders/detail/": lambda case: case.query.update(id=sold()[2]),
    "POST /api/sellers/orders/update-status/": move_part,
    "POST /api/admin/refund/": give_money_back,
    "GET /api/admin/refunds/list/": without("cursor", "order_id", "payment_id", "customer_id"),
    "GET /api/admin/refunds/detail/": lambda case: case.query.update(id=refunded(100)["id"]),
    "POST /api/admin/refunds/decide/": decide_refund,
    "POST /api/admin/refunds/retry/": retry_refund,
    "GET /api/refunds/list/": without("cursor", "order_id"),
    "GET /api/refunds/detail/": own_refund,
    "GET /api/admin/orders/": all_orders,
    "GET /api/admin/orders/detail/": any_order,
    "POST /api/admin/orders/cancel/": lambda case: setattr(
        case, "body", {"id": sold()[1], "reason_code": "fraud"}
    ),
    "POST /api/admin/orders/set-status/": set_part,
    "GET /api/orders/detail/": order_by_id_or_number,
    "GET /api/orders/explain/": lambda case: case.query.update(id=buyer.order()["id"]),
    "GET /api/orders/list/": lambda case: (case.query.pop("cursor", None), case.query.pop("seller_id", None)),
    "GET /api/orders/status/": lambda case: case.query.update(id=buyer.order()["id"]),
    "POST /api/payments/initiate/": lambda case: case.body.update(order_id=buyer.order()["id"]),
    "POST /api/payments/verify/": lambda case: case.body.update(buyer.paid()),
    "GET /api/payments/status/": payment_status,
    "GET /api/products/detail/": product,
    "GET /api/products/list/": products,
    "GET /api/products/filter/": narrowed,
    "GET /api/products/search/": searched,
    "GET /media/{first}/{second}/{file}": media,
    "GET /media/reviews/{file}": review_media,
    "GET /api/wishlist/get/": without("cursor"),
    "GET /api/notifications/list/": without("cursor"),
    "GET /api/admin/ops/jobs/": without("cursor"),
    "GET /api/admin/ops/outbox/": without("cursor"),
    "GET /api/admin/ops/reservations/": without("cursor"),
    "POST /api/wishlist/add/": lambda case: case.body.update(variant_id=buyer.variant()),
    "POST /api/companies/create/": new_company,
    "GET /api/companies/detail/": lambda case: case.query.update(id=company()["id"]),
    "PUT /api/companies/update/": change_company,
    "GET /api/companies/members/": lambda case: case.query.update(id=company()["id"]),
    "POST /api/companies/members/invite/": lambda case: case.body.update(
        id=verified_company(), email="seller@mve.test"
    ),
    "POST /api/companies/members/accept/": accept_invitation,
    "POST /api/companies/members/set-role/": lambda case: case.body.update(member()),
    "POST /api/companies/members/remove/": lambda case: case.body.update(member()),
    "POST /api/admin/companies/verify/": lambda case: case.body.update(
        id=company()["id"], verified=True, expected_version=1, note=None
    ),
    "GET /api/sellers/price-lists/": without("cursor"),
    "GET /api/sellers/price-lists/detail/": lambda case: case.query.update(id=desk.price_list()),
    "POST /api/sellers/price-lists/create/": new_price_list,
    "PUT /api/sellers/price-lists/update/": lambda case: setattr(case, "body", {"id": desk.price_list(), "name": "Retail"}),
    "POST /api/sellers/price-lists/assign/": lambda case: setattr(
        case, "body", {"id": desk.price_list(), "company_ids": [company()["id"]]}
    ),
    "POST /api/inventory/adjust/": adjust,
    "GET /api/inventory/list/": without("cursor"),
    "GET /api/sellers/low-stock/": without("cursor"),
    "GET /api/inventory/movements/": lambda case: (without("cursor")(case), case.query.update(variant_id=desk.variant())),
    "POST /api/admin/categories/create/": new_category,
    "PUT /api/admin/categories/update/": change_category,
    "POST /api/admin/categories/move/": lambda case: case.body.update(id=category(), parent_id=None),
    "POST /api/admin/categories/delete/": lambda case: case.body.update(id=category()),
    "GET /api/categories/list/": lambda case: case.query.pop("parent_id", None),
    "POST /api/sellers/register/": register_seller,
    "GET /api/sellers/public/": lambda case: case.query.update(slug="kaveri-traders"),
    "PUT /api/sellers/update/": lambda case: setattr(case, "body", {"about": "Pots and pans."}),
    "POST /api/sellers/upload-logo/": upload_portrait,
    "POST /api/sellers/kyc/upload/": upload_document,
    "POST /api/sellers/kyc/submit/": lambda case: acts(case, Newcomer("upload"), {}),
    "GET /api/sellers/kyc/document/": read_document,
    "GET /api/admin/kyc/document/": view_document,
    "GET /api/admin/kyc/pending/": without("cursor"),
    "POST /api/admin/kyc/review/": lambda case: setattr(
        case, "body", {"document_id": Newcomer("submit").documents[0], "decision": "verified"}
    ),
    "GET /api/admin/sellers/": without("cursor", "q"),
    "GET /api/admin/sellers/detail/": lambda case: case.query.update(id=Newcomer().id),
    "POST /api/admin/sellers/approve/": of("review"),
    "POST /api/admin/sellers/reject/": of("submit"),
    "POST /api/admin/sellers/suspend/": of("active"),
    "POST /api/admin/sellers/reinstate/": of("suspended"),
    "POST /api/admin/sellers/close/": of("suspended"),
    "POST /api/admin/sellers/set-trusted/": lambda case: setattr(
        case, "body", {"id": Newcomer().id, "trusted": True, "note": "By the check."}
    ),
}


# Operations whose bodies are forms.
FORMS = (
    "POST /api/products/upload-image/", "POST /api/reviews/upload-media/", "POST /api/imports/create/",
    "POST /api/sellers/kyc/upload/", "POST /api/auth/profile/upload-avatar/", "POST /api/sellers/upload-logo/",
)


@schemathesis.hook
def before_call(context, case, kwargs):
    label = case.operation.label
    labels.add(label)
    is_valid = case.meta is None or case.meta.generation.mode == GenerationMode.POSITIVE
    turns[label] += 1
    # One valid case in eight comes without a login.
    if not (is_valid and turns[label] % 8 == 7) and "Authorization" not in (case.headers or {}):
        # Who logs out is never seen again, and ids that were seen in answers come back in requests.
        is_leaving = label in ("POST /api/auth/logout/", "POST /api/auth/sessions/revoke/")
        token = TOKENS[1 + turns[label] % (len(TOKENS) - 1)] if is_leaving else TOKENS[0]
        if caller_of(label) is not None:
            token = caller_of(label).token()
        case.headers["Authorization"] = f"Bearer {token}"
    if not is_valid or case.method.upper() != label.split(" ")[0]:
        return
    if isinstance(case.query, dict) and "wait" in case.query:
        # A wait is as good as a long one.
        case.query["wait"] = min(int(case.query["wait"]), 1)
    if turns[label] % 2 == 0:
        return
    if label == "POST /api/payments/webhook/":
        kwargs["auth"] = sign
        return
    if label not in REAL:
        return
    for name in ("If-Match", "If-None-Match", "Idempotency-Key"):
        case.headers.pop(name, None)
    if case.operation.method.upper() != "GET" and turns[label] % 3 == 0:
        case.headers["Idempotency-Key"] = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{label} {turns[label]}"))
    # Of a form the members are octets, and it is made anew as a whole.
    if isinstance(case.body, dict) and label not in FORMS:
        case.body = json.loads(json.dumps(case.body))
        case.body.pop("expected_version", None)
    if isinstance(case.body, dict) or label.startswith("GET "):
        REAL[label](case)


@schemathesis.hook
def after_call(context, case, response):
    if case.method.upper() == case.operation.method.upper():
        seen[case.operation.label][response.status_code] += 1


@atexit.register
def report():
    def line(label):
        counts = ", ".join(f"{status}: {count}" for status, count in sorted(seen[label].items()))
        return f"{label:36} {counts}"

    missing = [
        label
        for label in sorted(labels)
        if not any(200 <= status < 300 for status in seen[label])
    ]
    with open(os.environ["API_REPORT"], "w", encoding="utf-8") as file:
        json.dump({"lines": [line(label) for label in sorted(labels)], "missing": missing}, file)
