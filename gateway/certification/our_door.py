"""Our own door, tried inside a transaction that is rolled back: nothing of a trial remains."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.core.handlers.wsgi import WSGIRequest
from django.db import transaction

from accounts.identifiers import new_id
from accounts.models import Duty
from gateway.certification.rehearsed_bank import AMOUNT_FEN, Push, RehearsedBank
from gateway.certification.values import Seen
from gateway.channels.banks.profile import BankProfile
from gateway.channels.debugging import Specimen
from gateway.channels.port import PaymentFact
from gateway.channels.registry import adapter
from gateway.payments import callbacks, evidence, merchants
from gateway.payments.models import MerchantAccount, Notice, Payment
from gateway.payments.notices import inbox
from reserve_funds import postings
from reserve_funds.ledger import queries as ledger

_PATRON = "certification"


@dataclass(kw_only=True)
class OurDoor:
    """One account, one order that waits for its payer, and the bank that pushes about it."""

    profile: BankProfile
    account: MerchantAccount
    payment: Payment
    bank: RehearsedBank
    now: datetime
    last: Specimen | None = None

    def post(self, push: Push) -> str:
        """`accepted` or `come again` when we answer exactly in the bank's receipt words."""
        self.last = Specimen(headers=dict(push.headers), body=push.body)
        path = urlsplit(self.bank.merchant.notify_url).path
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "CONTENT_LENGTH": str(len(push.body)),
            "wsgi.input": io.BytesIO(push.body),
        }
        for name, value in push.headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        answer = callbacks.take_notice(WSGIRequest(environ), self.profile.name, self.account.pk)
        for told in (True, False):
            status, headers, body = adapter(self.profile.name).notice_receipt(told)
            same = (answer.status_code, answer.content) == (status, body)
            if same and answer["Content-Type"] == headers["Content-Type"]:
                return "accepted" if told else "come again"
        return f"http {answer.status_code} {answer.content[:80]!r}"

    def moved(self) -> str:
        """What became of it: whether our query is owed, whether anything was booked by a push."""
        for notice in Notice.objects.filter(merchant=self.account, verdict="genuine"):
            inbox.apply(notice.pk, now=self.now)
        self.payment.refresh_from_db()
        if self.payment.state != "prepared":
            return f"the payment moved to {self.payment.state} by a push alone"
        if ledger.transfers_of(self.account.pool, postings.received(self.payment.pk)):
            return "money was booked by a push alone"
        owed = Duty.objects.filter(kind="payment.query", subject_id=self.payment.pk).count()
        return {0: "nothing", 1: "once"}.get(owed, f"{owed} times")

    def against(self) -> list[str]:
        """What would speak against booking, were our query answered with the true amount."""
        push = self.bank.say(self.bank.payment())
        merchant = self.bank.merchant
        said = adapter(self.profile.name).read_notice(
            merchant, dict(push.headers), push.body, now=self.now
        )
        assert isinstance(said.fact, PaymentFact), "a payment's push tells of a payment"
        return evidence.disagreements(self.payment, said.fact)


@contextmanager
def at_our_door(
    profile: BankProfile, account: MerchantAccount, *, now: datetime
) -> Iterator[OurDoor]:
    """Opens the door for one scenario, and forgets everything that came of it.

    What the scenario logs (alarms of refused pushes) remains in the log alone.
    """
    with transaction.atomic():
        try:
            yield _scene(profile, account, now=now)
        finally:
            transaction.set_rollback(True)


def _scene(profile: BankProfile, like: MerchantAccount, *, now: datetime) -> OurDoor:
    """A copy of the account under a number of its own, that holds the rehearsed bank's keys."""
    account = MerchantAccount.objects.create(
        id=new_id(now),
        channel=like.channel,
        pool=like.pool,
        merchant_no=f"{like.merchant_no[:-8]}{secrets.randbelow(10**8):08d}",
        app_no=like.app_no,
        base_url=like.base_url,
        notify_base_url=like.notify_base_url,
        signing_serial=like.signing_serial,
        signing_key_secret=like.signing_key_secret,
        options=like.options,
        open_for_payments=False,
    )
    payment = _payment(account, now=now)
    merchant = merchants.spoken_for(account)
    bank = RehearsedBank(profile, merchant, order_no=payment.order_no, now=now)
    account.platform_keys = {name: pem.decode() for name, pem in bank.keys.items()}
    MerchantAccount.objects.filter(pk=account.pk).update(platform_keys=account.platform_keys)
    bank.merchant = replace(merchant, platform_keys=bank.keys)
    return OurDoor(profile=profile, account=account, payment=payment, bank=bank, now=now)


def _payment(account: MerchantAccount, *, now: datetime) -> Payment:
    payment_id = new_id(now)
    return Payment.objects.create(
        id=payment_id,
        pool=account.pool,
        merchant=account,
        channel=account.channel,
        order_no=payment_id.hex,
        patron=_PATRON,
        patron_id=new_id(now),
        scene="native",
        wish_fen=AMOUNT_FEN,
        expires_at=now + timedelta(minutes=30),
        created_at=now,
    )


def seen(door: OurDoor, expected: str, *pushes: Push) -> Seen:
    """Posts these and compares answers and effect: `accepted, come again; once`."""
    answers = ", ".join(door.post(push) for push in pushes)
    return Seen(expected=expected, actual=f"{answers}; {door.moved()}")
