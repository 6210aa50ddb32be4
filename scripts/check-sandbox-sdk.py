#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The calls of scripts/check-sandbox-sdk: the official SDK against a running sandbox."""
import http.server
import json
import os
import queue
import threading
import urllib.request

import razorpay
from razorpay.errors import BadRequestError, ServerError, SignatureVerificationError

BASE = os.environ["SANDBOX_URL"]
SECRET = os.environ["RAZORPAY_WEBHOOK_SECRET"]
client = razorpay.Client(auth=(os.environ["RAZORPAY_KEY_ID"], os.environ["RAZORPAY_KEY_SECRET"]), base_url=BASE)
received = queue.Queue()
checks = 0


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        received.put((self.headers, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def check(what, condition):
    global checks
    if not condition:
        raise SystemExit(f"check-sandbox-sdk: {what}")
    checks += 1


def fails(what, error, text, call):
    try:
        call()
    except error as raised:
        check(f"{what}: {raised}", text in str(raised))
    else:
        raise SystemExit(f"check-sandbox-sdk: {what}: no {error.__name__}")


def control(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, data, {"Content-Type": "application/json"}, method=method)
    return json.load(urllib.request.urlopen(request))


def webhook():
    return received.get(timeout=10)


def orders():
    order = client.order.create({
        "amount": 129900, "currency": "INR", "receipt": "sdk-1", "notes": {"cart": "8812", "text": "₹ café"}})
    check("order.create", order["status"] == "created" and order["notes"]["text"] == "₹ café")
    check("order.fetch", client.order.fetch(order["id"]) == order)
    check("order.all", client.order.all({"receipt": "sdk-1"})["items"] == [order])
    check("order.all, expanded", client.order.all({"expand[]": "payments"})["items"][0]["payments"]["count"] == 0)
    check("order.payments", client.order.payments(order["id"])["items"] == [])
    check("order.edit", client.order.edit(order["id"], {"notes": {"cart": "1"}})["notes"] == {"cart": "1"})
    check("empty notes", client.order.edit(order["id"], {"notes": {}})["notes"] == [])
    unique = {"amount": 500, "currency": "INR", "receipt": "sdk-2", "unique_receipt": True}
    check("unique_receipt", client.order.create(unique)["id"] == client.order.create(unique)["id"])
    fails("another amount", BadRequestError, "unique", lambda: client.order.create({**unique, "amount": 501}))
    fails("amount", BadRequestError, "integer", lambda: client.order.create({"amount": "x", "currency": "INR"}))
    fails("minimum", BadRequestError, "minimum", lambda: client.order.create({"amount": 99, "currency": "INR"}))
    fails("currency", BadRequestError, "required", lambda: client.order.create({"amount": 100}))
    fails("unknown id", BadRequestError, "does not exist", lambda: client.order.fetch("order_00000000000000"))
    fails("unknown URL", BadRequestError, "not found", lambda: client.virtual_account.all())
    return order


def payments(order):
    paid = control("POST", f"/control/orders/{order['id']}/pay", {"outcome": "authorized"})
    check("verify_payment_signature", client.utility.verify_payment_signature(paid))
    fails("a forged signature", SignatureVerificationError, "",
          lambda: client.utility.verify_payment_signature({**paid, "razorpay_signature": "0" * 64}))
    payment = client.payment.fetch(paid["razorpay_payment_id"])
    check("payment.fetch", payment["status"] == "authorized" and payment["fee"] is None)
    check("authorized orders", client.order.all({"authorized": 1})["count"] == 1)
    fails("another amount", BadRequestError, "equal", lambda: client.payment.capture(payment["id"], 1, {"currency": "INR"}))
    captured = client.payment.capture(payment["id"], 129900, {"currency": "INR"})
    check("payment.capture", captured["captured"] and captured["fee"] == 3066 and captured["tax"] == 468)
    fails("captured again", BadRequestError, "already",
          lambda: client.payment.capture(payment["id"], 129900, {"currency": "INR"}))
    check("payment.all", client.payment.all()["items"] == [captured])
    check("order.payments", client.order.payments(order["id"])["items"] == [captured])
    check("a paid order", client.order.fetch(order["id"])["status"] == "paid")


def webhooks():
    for name in ["payment.authorized", "payment.captured", "order.paid"]:
        headers, body = webhook()
        check(f"{name} arrives", json.loads(body)["event"] == name)
        signature = headers["X-Razorpay-Signature"]
        check("verify_webhook_signature", client.utility.verify_webhook_signature(body.decode(), signature, SECRET))
        fails("re-encoded", SignatureVerificationError, "", lambda: client.utility.verify_webhook_signature(
            json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False), signature, SECRET))


def errors():
    stranger = razorpay.Client(auth=("rzp_test_SdkCheck000001", "wrong"), base_url=BASE)
    fails("a wrong key", BadRequestError, "Authentication failed", lambda: stranger.order.all())
    control("POST", "/control/faults", {"status": 503})
    fails("503", ServerError, "trouble", lambda: client.order.all())
    control("POST", "/control/faults", {"status": 429})
    fails("429", BadRequestError, "Too many", lambda: client.order.all())
    control("DELETE", "/control/faults")


def main():
    server = http.server.HTTPServer(("127.0.0.1", int(os.environ["RECEIVER_PORT"])), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    payments(orders())
    webhooks()
    errors()
    server.shutdown()
    print(f"check-sandbox-sdk: {checks} checks passed with razorpay-python 2.0.1")


main()
