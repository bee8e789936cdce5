"""An invoice with its files for tests that need one to look at, without an office."""

from __future__ import annotations

import uuid
from datetime import datetime

from accounts import kept_files, trail
from accounts.actors import WORKER
from accounts.identifiers import new_id
from gateway.bulk.models import BulkOrder
from gateway.invoice.models import Invoice, InvoiceFile
from gateway.payments.models import MerchantAccount, Payment
from gateway.topup.models import TopUp


def in_doubt(topup: TopUp, now: datetime) -> Invoice:
    """Sent, of a payment that stays beside the top-up's own story, and never answered."""
    invoice_id = new_id(now)
    invoice = Invoice.objects.create(
        id=invoice_id, pool=topup.pool, person_id=topup.person_id, topup=topup,
        payment=a_payment(topup, now), request_no=invoice_id.hex, amount_fen=topup.amount_fen,
        given_back_fen=0, title_kind="personal", title_name="欧阳小雨", asked_at=now,
    )  # fmt: skip
    trail.advance(invoice, to="sent", actor=WORKER, because="a test", now=now)
    return invoice


def an_invoice(topup: TopUp, now: datetime) -> Invoice:
    """Issued to a person, with its four files."""
    invoice = in_doubt(topup, now)
    _made(invoice, now)
    return invoice


def of_enterprise(order: BulkOrder, now: datetime) -> Invoice:
    """Of an enterprise's order, made and taken back, with its four files."""
    invoice_id = new_id(now)
    invoice = Invoice.objects.create(
        id=invoice_id, pool=order.pool, bulk_order=order, request_no=invoice_id.hex,
        amount_fen=order.amount_fen, given_back_fen=0, title_kind="enterprise",
        title_name=order.enterprise.name, taxpayer_no=order.enterprise.credit_code, asked_at=now,
    )  # fmt: skip
    trail.advance(invoice, to="sent", actor=WORKER, because="a test", now=now)
    _made(invoice, now)
    for to in ("reversing", "reversed"):
        trail.advance(invoice, to=to, actor=WORKER, because="a test", now=now)
    return invoice


def _made(invoice: Invoice, now: datetime) -> None:
    made = {"invoice_no": invoice.pk.hex[:20], "issued_at": now}
    trail.advance(invoice, to="issued", actor=WORKER, because="a test", now=now, **made)
    with kept_files.half() as part:
        part.write(b"%PDF-1.4 a test")
        kept = kept_files.keep(part)
    InvoiceFile.objects.bulk_create(
        InvoiceFile(
            invoice=invoice, is_red=is_red, form=form, sha256=kept.digest,
            size_bytes=kept.size, fetched_at=now,
        )
        for is_red in (False, True)
        for form in ("pdf", "ofd")
    )  # fmt: skip


def a_payment(topup: TopUp, now: datetime) -> Payment:
    """Prepared at a wallet, for this top-up."""
    payment_id = new_id(now)
    merchant = MerchantAccount.objects.create(
        id=new_id(now), channel="wechatpay", pool=topup.pool, merchant_no=uuid.uuid4().hex,
        app_no="1", base_url="https://127.0.0.1", notify_base_url="https://127.0.0.1",
        signing_serial="1", signing_key_secret="none", open_for_payments=False,
    )  # fmt: skip
    return Payment.objects.create(
        id=payment_id, pool=topup.pool, merchant=merchant, channel="wechatpay",
        order_no=payment_id.hex, patron="topup", patron_id=topup.pk, scene="native",
        wish_fen=topup.amount_fen, paid_fen=topup.amount_fen, expires_at=now, created_at=now,
    )  # fmt: skip
