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
import time
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
    for name in ("shipping_address_id", "billing_address_id"):
        case.body.pop(name, None)
    turns["order address"] += 1
    if turns["order address"] % 2:
        case.body.pop("shipping_address", None)
        case.body["shipping_address_id"] = buyer.address()
    else:
        case.body["shipping_address"] = ADDRESS
    case.body = buyer.new_order(case.body)


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


def mailed(email):
    """The secret of the newest mail to an address."""
    folder = pathlib.Path(os.environ["MVE_DATA_DIR"], "mail")
    for _ in range(300):
        files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime) if folder.exists() else []
        for file in reversed(files):
            text = file.read_bytes().decode()
            if f"<{email}>" in text:
                body = quopri.decodestring(text.split("\r\n\r\n", 1)[1]).decode()
                return re.search(r"(?m)^([A-Za-z0-9_-]{43})\r?$", body).group(1)
        time.sleep(0.1)
    raise AssertionError(f"no mail came to {email}")


def verify_email(case):
    case.body["token"] = mailed(buyer.account()["user"]["email"])


def reset_password(case):
    email = buyer.account()["user"]["email"]
    mailed(email)
    requests.post(f"{URL}/api/auth/password/forgot/", json={"email": email}, timeout=30)
    time.sleep(4)
    case.body |= {"token": mailed(email), "password": "eight loud rivers"}


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


admin = []


def as_admin(case):
    if not admin:
        body = {"email": "admin@mve.test", "password": "admin-demo-2026"}
        admin.append(Buyer.answer(requests.post(f"{URL}/api/auth/login/", json=body, timeout=30))["access"])
    case.headers["Authorization"] = f"Bearer {admin[0]}"


def list_users(case):
    as_admin(case)
    case.query.pop("cursor", None)


def about_user(case):
    as_admin(case)
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
    "GET /api/admin/users/": list_users,
    "GET /api/admin/users/detail/": about_user,
    "POST /api/admin/users/block/": about_user,
    "POST /api/admin/users/unblock/": about_user,
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
