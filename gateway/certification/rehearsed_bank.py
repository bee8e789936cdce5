"""A bank played by its own profile: pushes in its words, under keys made for this run alone."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gateway.certification import rehearsal_keys
from gateway.channels.banks.forms import Value
from gateway.channels.banks.profile import BankProfile
from gateway.channels.banks.proving import Draft
from gateway.channels.values import Merchant, PaymentState, RefundState

FIRST_KEY, SECOND_KEY = "rehearsal-key-1", "rehearsal-key-2"
AMOUNT_FEN = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One push, signed and ready."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class RehearsedBank:
    """Says pushes about one order of one merchant account; each method gives something to post."""

    def __init__(
        self, profile: BankProfile, merchant: Merchant, *, order_no: str, now: datetime
    ) -> None:
        self.profile, self.merchant, self.now = profile, merchant, now
        self.order_no = order_no
        self.transaction_no = now.strftime("%Y%m%d") + f"{secrets.randbelow(10**12):012d}"
        made = {name: rehearsal_keys.make(profile.seal.algorithms) for name in (1, 2, 3)}
        self.keys = {FIRST_KEY: made[1][1], SECOND_KEY: made[2][1]}
        self._private = {FIRST_KEY: made[1][0], SECOND_KEY: made[2][0]}
        self._stranger = made[3][0]

    def payment(self, **changed: Value) -> dict[str, Value]:
        """Our names of a payment's push, told as paid; `changed` replaces, None leaves out."""
        profile = self.profile
        words: dict[str, Any] = {
            "event": profile.payment_event,
            "notice_id": f"EV-{secrets.token_hex(8)}",
            "merchant_no": self.merchant.merchant_no,
            "app_no": self.merchant.app_no,
            "order_no": self.order_no,
            "transaction_no": self.transaction_no,
            "state": self.word(PaymentState.PAID),
            "amount": profile.money.write(AMOUNT_FEN),
            "currency": profile.currency,
            "paid_at": profile.moments.write(self.now),
            **changed,
        }
        return {name: value for name, value in words.items() if value is not None}

    def refund(self, **changed: Value) -> dict[str, Value]:
        """Our names of a refund's push, told as done."""
        profile = self.profile
        word = next(
            word for word, state in profile.refund_states.items() if state is RefundState.DONE
        )
        return {
            "event": profile.refund_event,
            "notice_id": f"EV-{secrets.token_hex(8)}",
            "merchant_no": self.merchant.merchant_no,
            "app_no": self.merchant.app_no,
            "order_no": self.order_no,
            "transaction_no": self.transaction_no,
            "refund_no": secrets.token_hex(16),
            "channel_refund_no": f"R{secrets.token_hex(8)}",
            "refund_state": word,
            "refund_amount": profile.money.write(1_000),
            "total": profile.money.write(AMOUNT_FEN),
            "currency": profile.currency,
            "done_at": profile.moments.write(self.now),
            **changed,
        }

    def word(self, state: PaymentState) -> str:
        """The bank's first word for a state."""
        return next(word for word, one in self.profile.payment_states.items() if one is state)

    def say(
        self,
        words: Mapping[str, Value],
        *,
        key: str = FIRST_KEY,
        at: datetime | None = None,
        nonce: str = "",
        stranger: bool = False,
        url: str = "",
    ) -> Push:
        """The push. `stranger` signs with a pair nobody holds under the name of `key`."""
        speaker = replace(
            self.merchant,
            signing_serial=key,
            signing_key_pem=self._stranger if stranger else self._private.get(key, self._stranger),
        )
        draft = Draft(
            method="POST",
            url=url or self.merchant.notify_url,
            words=self._translated(words),
            repeat_key=str(words["notice_id"]),
        )
        said = self.profile.seal.dress(
            speaker, draft, now=at or self.now, nonce=nonce or secrets.token_hex(16)
        )
        return Push(headers=said.headers, body=said.body)

    def unsigned(self, words: Mapping[str, Value]) -> Push:
        """The words alone, as whoever has no key would send them."""
        codec = self.profile.codec
        return Push(
            headers={"Content-Type": codec.content_type},
            body=codec.write(self._translated(words)),
        )

    def _translated(self, words: Mapping[str, Value]) -> dict[str, Value]:
        told = {self.profile.fields[name]: value for name, value in words.items()}
        if self.profile.serial_day:
            told[self.profile.serial_day] = self.now.strftime("%Y%m%d")
        return told
