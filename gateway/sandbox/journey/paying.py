"""The payer's part of the journey, with what channels are known to do to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any

from gateway.payments import asking
from gateway.payments.models import Payment
from gateway.sandbox.journey.client import Api
from gateway.sandbox.journey.telling import Teller, yuan
from gateway.sandbox.neighbours.control import Neighbour

AFTER_EXPIRY = timedelta(minutes=31)
PATIENCE_SECONDS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Somebody with the sandbox wallet in hand."""

    api: Api
    wallet: Neighbour
    tell: Teller

    def pay(self, topup: dict[str, Any], *, twice: bool = False, late: bool = False) -> None:
        """Pays what was asked; the notice comes as told; returns when the top-up is paid."""
        order_no = _order_no(topup)
        if twice:
            self.wallet.faults(duplicate_notice=True)
            self.tell.say("the wallet will send its notice twice")
        if late:
            self.wallet.faults(lost_notice=True)
            self.tell.say("the wallet holds its notice back: the sweep must ask by itself")
        try:
            self.wallet.open(_offer(topup))
            self.wallet.pay(order_no)
            self._wait(topup, "paid")
        finally:
            self.wallet.behave()
        self.tell.say("paid: confirmed by the verified answer to our own query")
        if late:
            self.wallet.notify_again(order_no)
            self.tell.say("now the late notice comes, and changes nothing")

    def pay_another_amount(self, topup: dict[str, Any], amount_fen: int) -> None:
        """Pays another amount; returns when it has gone back by itself."""
        self.tell.say(f"the payer pays ¥{yuan(amount_fen)} instead")
        self.wallet.open(_offer(topup))
        self.wallet.pay(_order_no(topup), amount_fen=amount_fen)
        self._wait_for_refund(topup)

    def pay_after_close(self, topup: dict[str, Any], now: datetime) -> None:
        """Pays after the order has expired and was closed; returns when it has gone back."""
        self.wallet.open(_offer(topup))
        payment = Payment.objects.get(order_no=_order_no(topup))
        asking.query(payment.id, now=now + AFTER_EXPIRY)
        self._wait(topup, "expired")
        self.tell.say("half an hour passed: the order is closed at the channel and expired here")
        self.wallet.pay(payment.order_no, late=True)
        self.tell.say("yet the wallet had the money on its way and says SUCCESS")
        self._wait_for_refund(topup)

    def _wait(self, topup: dict[str, Any], state: str) -> None:
        self.api.wait(f"topups/{topup['id']}", {state}, seconds=PATIENCE_SECONDS)

    def _wait_for_refund(self, topup: dict[str, Any]) -> None:
        until = monotonic() + PATIENCE_SECONDS
        while True:
            story = self.api.get(f"topups/{topup['id']}/story")["story"]
            if any(entry["what"] == "refund" and entry["state"] == "done" for entry in story):
                self.tell.say("the money went back to the payer by the original route")
                return
            if monotonic() > until:
                raise TimeoutError("the refund is not done")
            sleep(0.2)


def _offer(topup: dict[str, Any]) -> dict[str, Any]:
    offer: dict[str, Any] = topup["payments"][0]["offer"]
    return offer


def _order_no(topup: dict[str, Any]) -> str:
    order_no: str = topup["payments"][0]["order_no"]
    return order_no
