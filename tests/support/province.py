"""A small province of its own for one test: an operator, a citizen, a card, a merchant account."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.test import Client

from accounts import clock, duties, people, tokens
from accounts.models import IssuerPrefix, Operator, Person
from gateway.payments.models import MerchantAccount, Payment, Refund
from gateway.sandbox import seed
from gateway.sandbox.journey import stage
from gateway.sandbox.neighbourhood import neighbour
from gateway.sandbox.neighbours.control import Neighbour
from gateway.sandbox.virtual_card import VirtualCard
from reserve_funds.ledger import check, pools, queries
from reserve_funds.ledger.values import Ref
from tests.support.pools import next_pool
from tests.support.wallet import Catcher, Push

KEYS: dict[str, object] = {
    "MLK": "112233445566778899AABBCCDDEEFF00",
    "MTK": "0F1E2D3C4B5A69788796A5B4C3D2E1F0",
    "levels": ["asn8"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer of the service."""

    status: int
    body: Any
    raw: bytes
    headers: dict[str, str]


class Citizen:
    """A person with a token, speaking to the API in this process."""

    def __init__(self, now: datetime) -> None:
        phone = f"137{random.randrange(10**8):08d}"
        self.person: Person = people.enrol(phone, now)
        self.token = tokens.mint(
            self.person, label="test", now=now, expires_at=now + timedelta(hours=1)
        )

    def get(self, path: str) -> Answer:
        return answer_of(Client().get(f"/api/v1/{path}", headers=self._headers()))

    def post(self, path: str, content: Any = None, *, key: str | None = None) -> Answer:
        headers = self._headers() | {"Idempotency-Key": key or uuid4().hex}
        return answer_of(
            Client(raise_request_exception=False).post(
                f"/api/v1/{path}",
                json.dumps({} if content is None else content),
                content_type="application/json",
                headers=headers,
            )
        )

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}


class Province:
    """One operator with its pool, its prefix and its merchant account at one neighbour."""

    def __init__(
        self, *, channel: str, wallet: Neighbour, place: Path, catcher: Catcher, keys: Path
    ) -> None:
        now = clock.now()
        self.channel, self.wallet, self.catcher = channel, wallet, catcher
        self._accounts_before = {
            str(each) for each in MerchantAccount.objects.values_list("pk", flat=True)
        }
        self.pool = next_pool()
        self.prefix = f"310999{self.pool:06d}"
        self.operator = Operator.objects.create(
            code=f"test-{self.pool}",
            name_zh=f"试验市{self.pool}",
            name_en=f"Test {self.pool}",
            level="city",
            pool=self.pool,
        )
        IssuerPrefix.objects.create(
            prefix=self.prefix, issuer_name="试验", operator=self.operator, source="test"
        )
        pools.open_pool(self.pool, seed.PROFILE, clock.business_day(now))
        keys.write_text(json.dumps(KEYS), encoding="utf-8")
        seed.give_card_keys(keys, now)
        seed.introduce(
            [self.operator],
            channel=channel,
            place=place,
            url=wallet.base_url,
            gateway_url=catcher.url,
            now=now,
        )

    def citizen(self) -> Citizen:
        return Citizen(clock.now())

    def card(self, citizen: Citizen | None = None) -> VirtualCard:
        """A new virtual card; added to the citizen's cards when one is given."""
        asn = f"0{self.prefix}{random.randrange(10**7):07d}"
        card = stage.virtual_card_of(asn, KEYS)
        if citizen is not None:
            added = citizen.post("cards", {"card_no": asn[1:]})
            assert added.status == 201, added.body
        return card

    def order(
        self, citizen: Citizen, card: VirtualCard, amount_fen: int = 5_000, scene: str = ""
    ) -> dict[str, Any]:
        """A placed top-up with its payment offered; no scene named: the channel's first."""
        scene = scene or neighbour(self.channel).scenes[0]
        added = citizen.post("cards", {"card_no": card.state.asn[1:]})
        assert added.status == 201, added.body
        wish = {"card_id": added.body["id"], "amount_fen": amount_fen}
        wish |= {"channel": self.channel, "scene": scene}
        if scene == "jsapi":
            wish["payer_openid"] = "sandbox-payer-1"
        placed = citizen.post("topups", wish)
        assert placed.status == 201, placed.body
        body: dict[str, Any] = placed.body
        return body

    def paid(self, citizen: Citizen, card: VirtualCard, amount_fen: int = 5_000) -> dict[str, Any]:
        """A top-up whose payment is confirmed."""
        topup = self.order(citizen, card, amount_fen)
        self.pay(topup)
        self.ask(topup)
        return topup

    def pay(self, topup: dict[str, Any], **how: Any) -> list[Push]:
        """The payer pays; gives the pushes that the wallet sent."""
        self.catcher.take()
        self.wallet.open(topup["payments"][0]["offer"])
        self.wallet.pay(order_no(topup), **how)
        return self.pushes(1)

    def pushes(self, least: int) -> list[Push]:
        """Waits for at least so many pushes; what neighbours owe earlier provinces is let go."""
        found: list[Push] = []
        for _ in range(200):
            found += [each for each in self.catcher.take() if not self._is_old(each)]
            if len(found) >= least:
                break
            time.sleep(0.02)
        return found

    def _is_old(self, push: Push) -> bool:
        return urlsplit(push.path).path.rpartition("/")[2] in self._accounts_before

    def deliver(self, push: Push) -> int:
        """Brings one push to our door, its bytes as they came; gives the answer's status.

        The client's post would say a body of a named charset anew in that charset.
        """
        headers = {name: value for name, value in push.headers.items() if name != "Host"}
        response = Client(raise_request_exception=False).generic(
            "POST", push.path, push.body, content_type=headers["Content-Type"], headers=headers
        )
        return response.status_code

    def ask(self, topup: dict[str, Any], *, now: datetime | None = None) -> None:
        """The sweep asks the channel about the top-up's payment."""
        duties.work_one("payment.query", payment_id(topup), now or clock.now())

    def carry_refunds(self, topup: dict[str, Any]) -> None:
        """Sends this top-up's refunds, lets the wallet settle them, asks what became of them."""
        refunds = list(Refund.objects.filter(payment_id=payment_id(topup)))
        assert refunds, "nothing is on its way back"
        for refund in refunds:
            duties.work_one("refund.carry", refund.id, clock.now())
        self.wallet.advance(2)
        for refund in refunds:
            duties.work_one("refund.carry", refund.id, clock.now())

    def payment(self, topup: dict[str, Any]) -> Payment:
        return Payment.objects.get(pk=payment_id(topup))

    def faults(self) -> list[str]:
        """What a whole re-derivation of this pool's book finds wrong."""
        return [str(finding) for finding in check.check(self.pool).findings]

    def balance_fen(self, kind: str, owner: object) -> int:
        return queries.balance_fen(self.pool, Ref(kind=kind, owner=str(owner)))


def order_no(topup: dict[str, Any]) -> str:
    return str(topup["payments"][0]["order_no"])


def payment_id(topup: dict[str, Any]) -> UUID:
    return UUID(topup["payments"][0]["id"])


def answer_of(response: Any) -> Answer:
    """An answer of Django's test client."""
    raw = response.content
    body = json.loads(raw) if raw and "json" in response["Content-Type"] else None
    return Answer(status=response.status_code, body=body, raw=raw, headers=dict(response.headers))
