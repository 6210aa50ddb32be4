# SPDX-License-Identifier: Apache-2.0
"""What schemathesis cannot guess: hooks for check-api.

Made-up ids name nothing, so every second valid case is made one about things that exist: a product, the buyer's cart as it is, an order
that waits for its money. The other cases go out as they were generated.
"""
import atexit
import collections
import hashlib
import hmac
import json
import os
import uuid

import requests
import schemathesis
from schemathesis.generation.modes import GenerationMode

URL = os.environ["API_URL"]
SANDBOX = os.environ["SANDBOX_URL"]
WEBHOOK_SECRET = os.environ["RAZORPAY_WEBHOOK_SECRET"].encode()

with open(os.environ["API_TOKENS"], encoding="utf-8") as file:
    TOKENS = [line.rstrip("\n").split("\t")[1] for line in file]

seen = collections.defaultdict(collections.Counter)
turns = collections.Counter()
labels = set()


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
            # Of those that were loaded for this, with stock for every case and no rules about quantities.
            if variant["sku"].startswith("LOAD-")
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
        address = {
            "name": "Asha Rao", "phone": "+919876543210", "line1": "12 Lake Road", "city": "Bengaluru",
            "state_code": "KA", "postal_code": "560001",
        }
        return self.post("/api/orders/create/", self.new_order({"shipping_address": address}))

    def paid(self):
        """What the checkout returns for an order that was paid in the sandbox."""
        checkout = self.post("/api/payments/initiate/", {"order_id": self.order()["id"]})["checkout"]
        path = f"/control/orders/{checkout['razorpay_order_id']}/pay"
        fields = self.post(path, {"outcome": "captured"}, base=SANDBOX)
        return {name: fields[name] for name in fields if name.startswith("razorpay_")}

    def tokens(self):
        turns["register"] += 1
        body = {"email": f"session-{turns['register']}@example.in", "password": "seven quiet lakes", "full_name": "Asha Rao"}
        return self.post("/api/auth/register/", body)["tokens"]


buyer = Buyer(TOKENS[0])


def sign(request):
    """As the provider does: over the octets that are sent."""
    code = hmac.new(WEBHOOK_SECRET, request.body or b"", hashlib.sha256)
    request.headers["X-Razorpay-Signature"] = code.hexdigest()
    return request


def add(case):
    lines = case.body["lines"] if "lines" in case.body else [case.body]
    for line in lines:
        line |= {"variant_id": buyer.variant(), "quantity": 1}
    del lines[3:]


def update(case):
    line = buyer.cart()["groups"][0]["lines"][0]
    case.body["lines"] = [{"line_id": line["id"], "quantity": turns["quantity"] % 3}]
    turns["quantity"] += 1


def remove(case):
    line = buyer.cart()["groups"][0]["lines"][0]
    name = "line_id" if "line_id" in case.body else "variant_id"
    case.body[name] = line["id"] if name == "line_id" else line["variant_id"]


def create(case):
    case.body = buyer.new_order(case.body)


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
    case.query = {name: buyer.products[turns["slug"] % len(buyer.products)][name]}


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


def products(case):
    for name in ("cursor", "category_id", "seller_id"):
        case.query.pop(name, None)
    case.query["category_id"] = buyer.products[turns["category"] % len(buyer.products)]["category_id"]
    turns["category"] += 1


REAL = {
    "POST /api/auth/register/": register,
    "POST /api/auth/login/": log_in,
    "POST /api/auth/refresh/": lambda case: case.body.update(refresh=buyer.tokens()["refresh"]),
    "PUT /api/auth/profile/update/": lambda case: case.body.pop("avatar_image_id", None),
    "POST /api/cart/add/": add,
    "POST /api/cart/update/": update,
    "POST /api/cart/remove/": remove,
    "POST /api/orders/create/": create,
    "POST /api/orders/release/": lambda case: case.body.update(id=buyer.order()["id"]),
    "GET /api/orders/detail/": order_by_id_or_number,
    "GET /api/orders/list/": lambda case: (case.query.pop("cursor", None), case.query.pop("seller_id", None)),
    "GET /api/orders/status/": lambda case: case.query.update(id=buyer.order()["id"]),
    "POST /api/payments/initiate/": lambda case: case.body.update(order_id=buyer.order()["id"]),
    "POST /api/payments/verify/": lambda case: case.body.update(buyer.paid()),
    "GET /api/payments/status/": payment_status,
    "GET /api/products/detail/": product,
    "GET /api/products/list/": products,
    "GET /media/{first}/{second}/{file}": media,
    "GET /api/categories/list/": lambda case: case.query.pop("parent_id", None),
}


@schemathesis.hook
def before_call(context, case, kwargs):
    label = case.operation.label
    labels.add(label)
    is_valid = case.meta is None or case.meta.generation.mode == GenerationMode.POSITIVE
    turns[label] += 1
    # One valid case in eight comes without a login.
    if not (is_valid and turns[label] % 8 == 7) and "Authorization" not in (case.headers or {}):
        # Who logs out is never seen again.
        is_leaving = label == "POST /api/auth/logout/"
        token = TOKENS[1 + turns[label] % (len(TOKENS) - 1)] if is_leaving else TOKENS[0]
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
    if isinstance(case.body, dict):
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
