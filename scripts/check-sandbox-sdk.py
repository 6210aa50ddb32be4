#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The calls of scripts/check-sandbox-sdk: the official SDK, unmodified, against a running sandbox; every call that the sandbox
has, with what the SDK makes of its answers and errors."""
import http.server
import io
import json
import os
import queue
import threading
import time
import urllib.request

import razorpay
import requests
from razorpay.errors import BadRequestError, GatewayError, ServerError, SignatureVerificationError

BASE = os.environ["SANDBOX_URL"]
KEY, KEY_SECRET, SECRET = (os.environ[f"RAZORPAY_{name}"] for name in ("KEY_ID", "KEY_SECRET", "WEBHOOK_SECRET"))
INR = {"currency": "INR"}
client = razorpay.Client(auth=(KEY, KEY_SECRET), base_url=BASE)
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
    request = urllib.request.Request(BASE + "/control" + path, data, {"Content-Type": "application/json"}, method=method)
    return json.load(urllib.request.urlopen(request))


def advance(seconds):
    control("POST", "/clock", {"advance_seconds": seconds})


def until(name):
    """The next event of this name; others before it are passed over."""
    while True:
        headers, body = received.get(timeout=10)
        event = json.loads(body)
        check("verify_webhook_signature", client.utility.verify_webhook_signature(
            body.decode(), headers["X-Razorpay-Signature"], SECRET))
        if event["event"] == name:
            return event


def pay(order, outcome="captured", **others):
    return control("POST", f"/orders/{order}/pay", {"outcome": outcome, **others})


def captured(amount=129900, **others):
    order = client.order.create({"amount": amount, **INR})
    return pay(order["id"], **others)["razorpay_payment_id"]


def upload(name="proof.pdf"):
    file = io.BytesIO(b"%PDF-1.7 sandbox")
    file.name = name
    return file


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
    paid = pay(order["id"], "authorized")
    check("verify_payment_signature", client.utility.verify_payment_signature(paid))
    fails("a forged signature", SignatureVerificationError, "",
          lambda: client.utility.verify_payment_signature({**paid, "razorpay_signature": "0" * 64}))
    payment = client.payment.fetch(paid["razorpay_payment_id"])
    check("payment.fetch", payment["status"] == "authorized" and payment["fee"] is None)
    check("authorized orders", client.order.all({"authorized": 1})["count"] == 1)
    fails("another amount", BadRequestError, "equal", lambda: client.payment.capture(payment["id"], 1, dict(INR)))
    taken = client.payment.capture(payment["id"], 129900, dict(INR))
    check("payment.capture", taken["captured"] and taken["fee"] == 3066 and taken["tax"] == 468)
    fails("captured again", BadRequestError, "already",
          lambda: client.payment.capture(payment["id"], 129900, dict(INR)))
    check("payment.all", client.payment.all()["items"] == [taken])
    check("order.payments", client.order.payments(order["id"])["items"] == [taken])
    check("a paid order", client.order.fetch(order["id"])["status"] == "paid")
    for name in ["payment.authorized", "payment.captured", "order.paid"]:
        check(f"{name} arrives in its turn", json.loads((got := received.get(timeout=10))[1])["event"] == name)
        headers, body = got
        signature = headers["X-Razorpay-Signature"]
        check("verify_webhook_signature", client.utility.verify_webhook_signature(body.decode(), signature, SECRET))
        check("its headers", headers["User-Agent"] == "Razorpay-Webhook/v1" and headers["x-razorpay-event-id"])
        fails("re-encoded", SignatureVerificationError, "", lambda: client.utility.verify_webhook_signature(
            json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False), signature, SECRET))
    check("payment.edit", client.payment.edit(payment["id"], {"notes": {"a": "b"}})["notes"] == {"a": "b"})
    card = captured(method="card")
    check("payment.fetchCardDetails", client.payment.fetchCardDetails(card)["last4"] == "1007")
    shown = client.payment.fetch(card, {"expand[]": "card"})
    check("payment.fetch, expanded", shown["card"]["id"] == shown["card_id"])


def creation():
    order = client.order.create({"amount": 5000, **INR})
    new = {"amount": 5000, **INR, "order_id": order["id"], "email": "a@example.com", "contact": "9000000001"}
    card = {"method": "card", "card": {"number": "4100280000001007", "name": "A", "cvv": "123"}}
    begun = client.payment.createPaymentJson({**new, **card})
    check("payment.createPaymentJson", begun["next"][0]["action"] == "otp_generate")
    check("payment.otpGenerate", client.payment.otpGenerate(begun["razorpay_payment_id"])["razorpay_payment_id"])
    fails("payment.otpSubmit, short", BadRequestError, "incorrect OTP",
          lambda: client.payment.otpSubmit(begun["razorpay_payment_id"], {"otp": "12"}))
    collect = {"method": "upi", "upi": {"flow": "collect", "vpa": "success@razorpay"}}
    begun = client.payment.createUpi({**new, **collect})
    advance(10)
    check("payment.createUpi", client.payment.fetch(begun["razorpay_payment_id"])["status"] == "captured")
    check("payment.validateVpa", client.payment.validateVpa({"vpa": "success@razorpay"})["success"])
    fails("payment.validateVpa", BadRequestError, "VPA", lambda: client.payment.validateVpa({"vpa": "nobody"}))
    check("payment.fetchPaymentMethods", client.payment.fetchPaymentMethods()["upi"])
    down = control("POST", "/downtimes", {"method": "upi"})["id"]
    check("payment.fetchDownTime", client.payment.fetchDownTime()["items"][0]["id"] == down)
    check("payment.fetchDownTimeById", client.payment.fetchDownTimeById(down)["status"] == "started")
    until("payment.downtime.started")


def refunds():
    payment = captured()
    fails("a bare number", BadRequestError, "object", lambda: client.payment.refund(payment, 100))
    headers = {"X-Refund-Idempotency": "sdk-refund-1"}
    part = client.payment.refund(payment, {"amount": 29900, "receipt": "ret-1"}, headers=dict(headers))
    again = client.payment.refund(payment, {"receipt": "ret-1", "amount": 29900}, headers=dict(headers))
    check("payment.refund", part["status"] == "pending" and part["notes"] == [] and again["id"] == part["id"])
    fails("another body", BadRequestError, "Idempotency",
          lambda: client.payment.refund(payment, {"amount": 1000}, headers=dict(headers)))
    fails("too much", BadRequestError, "greater", lambda: client.payment.refund(payment, {"amount": 100001}))
    rest = client.refund.create({"payment_id": payment, "speed": "optimum"})
    check("refund.create", rest["amount"] == 100000 and rest["speed_processed"] == "instant")
    fails("nothing left", BadRequestError, "fully refunded", lambda: client.payment.refund(payment))
    check("payment.fetch_multiple_refund", client.payment.fetch_multiple_refund(payment)["count"] == 2)
    check("payment.fetch_refund_id", client.payment.fetch_refund_id(payment, part["id"])["id"] == part["id"])
    check("refund.all", client.refund.all({"count": 1})["items"][0]["id"] == rest["id"])
    check("refund.edit", client.refund.edit(part["id"], {"notes": {"a": "b"}})["notes"] == {"a": "b"})
    control("POST", f"/refunds/{rest['id']}/failed")
    advance(5)
    check("refund.fetch", client.refund.fetch(part["id"])["status"] == "processed")
    check("a partial refund", client.payment.fetch(payment)["refund_status"] == "partial")
    check("refund.failed", until("refund.failed")["payload"]["refund"]["entity"]["id"] == rest["id"])
    until("refund.processed")


def disputes():
    dispute = control("POST", "/disputes", {"payment_id": captured(), "amount": 5000})["id"]
    check("dispute.fetch", client.dispute.fetch(dispute)["status"] == "open")
    check("dispute.all", client.dispute.all({"expand[]": "payment"})["items"][0]["payment"]["amount"] == 129900)
    document = client.document.create({"file": upload(), "purpose": "dispute_evidence"})
    check("document.create", document["entity"] == "document" and document["size"] == 16)
    check("document.fetch", client.document.fetch(document["id"]) == document)
    fails("no document", BadRequestError, "document", lambda: client.dispute.contest(dispute, {"action": "submit"}))
    check("dispute.contest, draft", client.dispute.contest(dispute, {"summary": "sent"})["status"] == "open")
    sent = client.dispute.contest(dispute, {"shipping_proof": [document["id"]], "action": "submit"})
    check("dispute.contest", sent["status"] == "under_review" and sent["evidence"]["summary"] == "sent")
    fails("dispute.accept, late", BadRequestError, "under_review", lambda: client.dispute.accept(dispute))
    control("POST", f"/disputes/{dispute}/won")
    control("POST", f"/disputes/{dispute}/reopen", {"phase": "pre_arbitration"})
    check("dispute.accept", client.dispute.accept(dispute)["amount_deducted"] == 5000)
    check("payment.dispute.lost", until("payment.dispute.lost")["contains"] == ["payment", "dispute"])


def account():
    made = client.account.create({
        "email": "vendor@example.com", "phone": "9000000003", "type": "route", "legal_business_name": "Vendor",
        "business_type": "partnership", "contact_name": "V", "profile": {"category": "healthcare"}})
    id = made["id"]
    check("account.create", id.startswith("acc_") and made["notes"] == [])
    check("account.fetch", client.account.fetch(id) == made)
    check("account.edit", client.account.edit(id, {"contact_name": "W"})["contact_name"] == "W")
    check("account.uploadAccountDoc", client.account.uploadAccountDoc(
        id, {"file": upload(), "document_type": "business_pan_url"})["business_pan_url"])
    check("account.fetchAccountDoc", client.account.fetchAccountDoc(id)["business_pan_url"])
    person = client.stakeholder.create(id, {"name": "V", "email": "v@example.com"})
    check("stakeholder.create", person["entity"] == "stakeholder")
    check("stakeholder.fetch", client.stakeholder.fetch(id, person["id"]) == person)
    check("stakeholder.all", client.stakeholder.all(id)["items"] == [person])
    check("stakeholder.edit", client.stakeholder.edit(id, person["id"], {"name": "W"})["name"] == "W")
    check("stakeholder.uploadStakeholderDoc", client.stakeholder.uploadStakeholderDoc(
        id, person["id"], {"file": upload(), "document_type": "aadhar_front"})["aadhar_front"])
    check("stakeholder.fetchStakeholderDoc", client.stakeholder.fetchStakeholderDoc(id, person["id"])["aadhar_front"])
    product = client.product.requestProductConfiguration(id, {"product_name": "route", "tnc_accepted": True})
    check("product.requestProductConfiguration", product["activation_status"] == "requested")
    bank = {"account_number": "1234567890", "ifsc_code": "HDFC0000317", "beneficiary_name": "V"}
    check("product.edit", client.product.edit(
        id, product["id"], {"settlements": bank})["activation_status"] == "under_review")
    advance(3600)
    check("product.fetch", client.product.fetch(id, product["id"])["activation_status"] == "activated")
    check("product.fetchTnc", client.product.fetchTnc("route")["product_name"] == "route")
    check("product.route.activated", until("product.route.activated")["account_id"] == id)
    return id


def transfers(account):
    share = {"account": account, "amount": 1000, **INR}
    payment = captured()
    fails("a new account", BadRequestError, "24 hours", lambda: client.payment.transfer(payment, {"transfers": [share]}))
    advance(86400)
    made = client.payment.transfer(payment, {"transfers": [share, {**share, "on_hold": 1}]})
    check("payment.transfer", made["count"] == 2)
    check("payment.transfers", client.payment.transfers(payment)["count"] == 2)
    check("transfer.all of a payment", client.transfer.all({"payment_id": payment})["count"] == 2)
    headers = {"X-Transfer-Idempotency": "sdk 1"}
    direct = client.transfer.create(share, headers=dict(headers))
    check("transfer.create", client.transfer.create(share, headers=dict(headers))["id"] == direct["id"])
    advance(5)
    check("transfer.fetch", client.transfer.fetch(direct["id"])["status"] == "processed")
    check("transfer.all", client.transfer.all()["count"] == 3)
    check("transfer.edit", client.transfer.edit(direct["id"], {"on_hold": True})["settlement_status"] == "on_hold")
    check("transfer.reverse", client.transfer.reverse(direct["id"], {"amount": 400})["amount"] == 400)
    check("transfer.reversals", client.transfer.reversals(direct["id"])["count"] == 1)
    check("partially reversed", client.transfer.fetch(direct["id"])["status"] == "partially_reversed")
    order = client.order.create({"amount": 5000, **INR, "transfers": [share]})
    check("an order's transfers", order["transfers"][0]["status"] == "created")
    pay(order["id"])
    advance(5)
    shown = client.order.fetch(order["id"], {"expand[]": "transfers"})
    check("order.fetch, expanded", shown["transfers"]["items"][0]["status"] == "processed")
    refunded = client.payment.refund(payment, {"reverse_all": 1})
    check("reverse_all", refunded["status"] == "pending"
          and {item["status"] for item in client.payment.transfers(payment)["items"]} == {"reversed"})
    until("transfer.processed")


def settlements():
    made = client.settlement.create_ondemand_settlement({"amount": 10000})
    check("settlement.create_ondemand_settlement", made["entity"] == "settlement.ondemand")
    check("settlement.fetch_all_ondemand_settlement", client.settlement.fetch_all_ondemand_settlement()["count"] == 1)
    check("settlement.fetch_ondemand_settlement_id",
          client.settlement.fetch_ondemand_settlement_id(made["id"])["id"] == made["id"])
    settled = control("POST", "/settlements", {})
    check("settlement.all", settled in client.settlement.all()["items"])
    check("settlement.fetch", client.settlement.fetch(settled["id"]) == settled)
    day = time.gmtime(settled["created_at"] + 19800)
    rows = client.settlement.report({"year": day.tm_year, "month": day.tm_mon, "day": day.tm_mday, "count": 1000})["items"]
    rows = [row for row in rows if row["settlement_id"] == settled["id"]]
    check("settlement.report", sum(row["credit"] - row["debit"] for row in rows) == settled["amount"])
    check("settlement.processed", until("settlement.processed")["contains"] == ["settlement"])


def webhooks(account):
    made = client.webhook.create({"url": "https://example.com/", "secret": "s", "events": {"order.paid": True}})
    check("webhook.create", made["events"] == {"order.paid": True})
    check("webhook.fetch", client.webhook.fetch(made["id"], None) == made)
    check("webhook.all", made in client.webhook.all()["items"])
    check("webhook.edit", not client.webhook.edit(made["id"], None, {"active": False})["active"])
    fails("webhook.delete without an account", BadRequestError, "does not exist",
          lambda: client.webhook.delete(made["id"], None))
    made = client.webhook.create({"url": "https://example.com/", "events": ["transfer.processed"]}, account)
    check("webhook.create of an account", made["events"] == ["transfer.processed"])
    check("webhook.fetch of an account", client.webhook.fetch(made["id"], account) == made)
    check("webhook.all of an account", client.webhook.all({}, account)["items"] == [made])
    check("webhook.edit of an account", not client.webhook.edit(made["id"], account, {"active": False})["active"])
    check("webhook.delete", client.webhook.delete(made["id"], account) == [])


def customers():
    made = client.customer.create({"name": "Asha", "email": "asha@example.com", "contact": "9000000001", "notes": {}})
    check("customer.create", made["notes"] == [])
    check("customer.fetch", client.customer.fetch(made["id"]) == made)
    check("customer.all", client.customer.all()["items"] == [made])
    check("customer.edit", client.customer.edit(made["id"], {"name": "Asha Rao"})["name"] == "Asha Rao")
    fails("the same customer", BadRequestError, "exists", lambda: client.customer.create(
        {"email": "asha@example.com", "contact": "9000000001"}))
    bank = {"name": "Asha", "account_number": "11214311215411", "ifsc": "HDFC0000053"}
    fund = client.fund_account.create(
        {"customer_id": made["id"], "account_type": "bank_account", "bank_account": bank})
    check("fund_account.create", fund["active"])
    check("fund_account.all", client.fund_account.all({"customer_id": made["id"]})["items"] == [fund])


def links():
    link = client.payment_link.create({"amount": 5000, "currency": "INR", "reference_id": "sdk-link"})
    check("payment_link.create", link["status"] == "created")
    check("payment_link.fetch", client.payment_link.fetch(link["id"]) == link)
    check("payment_link.all", client.payment_link.all()["payment_links"] == [link])
    check("payment_link.edit", client.payment_link.edit(link["id"], {"notes": {"a": "b"}})["notes"] == {"a": "b"})
    check("payment_link.notifyBy", client.payment_link.notifyBy(link["id"], "email")["success"])
    paid = control("POST", f"/payment_links/{link['id']}/pay", {})
    check("verify_payment_link_signature", client.utility.verify_payment_link_signature({
        "payment_link_id": link["id"], "payment_link_reference_id": "sdk-link", "payment_link_status": "paid",
        **paid}))
    until("payment_link.paid")
    other = client.payment_link.create({"amount": 5000, "currency": "INR"})
    check("payment_link.cancel", client.payment_link.cancel(other["id"])["status"] == "cancelled")


def errors():
    stranger = razorpay.Client(auth=(KEY, "wrong"), base_url=BASE)
    fails("a wrong key", BadRequestError, "Authentication failed", lambda: stranger.order.all())
    for status, error, text in [(503, ServerError, "trouble"), (504, GatewayError, "trouble"), (429, BadRequestError, "Too many")]:
        control("POST", "/faults", {"status": status})
        fails(str(status), error, text, lambda: client.order.all())
    # The SDK sends again after a lost connection: the first order was made too.
    control("POST", "/faults", {"close_after_effect": True, "count": 1})
    retrying = razorpay.Client(auth=(KEY, KEY_SECRET), base_url=BASE, initial_delay=0.01)
    retrying.enable_retry(True)
    retrying.order.create({"amount": 100, **INR, "receipt": "sdk-lost"})
    check("a lost answer", client.order.all({"receipt": "sdk-lost"})["count"] == 2)
    control("POST", "/faults", {"close_after_effect": True, "count": 1})
    fails("without a retry", requests.exceptions.ConnectionError, "", lambda: client.order.all())
    control("DELETE", "/faults")


def log():
    entries, since = [], 0
    while True:
        page = control("GET", f"/log?since={since}")
        if not page["entries"]:
            break
        entries += page["entries"]
        since = page["next"]
    calls = [entry for entry in entries if entry["kind"] == "api"]
    check("the log has the SDK's calls", any(
        entry["headers"]["user-agent"][0].startswith("Razorpay-Python/2.0.1") for entry in calls))
    text = json.dumps(entries)
    check("and no secret", KEY_SECRET not in text and "4100280000001007" not in text)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["RECEIVER_PORT"])), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    payments(orders())
    creation()
    refunds()
    disputes()
    linked = account()
    transfers(linked)
    settlements()
    webhooks(linked)
    customers()
    links()
    errors()
    log()
    check("account.delete", client.account.delete(linked)["status"] == "suspended")
    server.shutdown()
    print(f"check-sandbox-sdk: {checks} checks passed with razorpay-python 2.0.1")


main()
