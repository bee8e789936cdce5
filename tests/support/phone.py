"""A wallet provider in this process: signed requests to the API, and a card to fetch loads for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from django.test import Client

from accounts import clock
from accounts.actors import SYSTEM
from accounts.models import WalletProvider
from gateway.sandbox import phones
from gateway.sandbox.virtual_card import VirtualCard
from gateway.server_fetch import registration
from gateway.signatures import Algorithm, Message, SigningKey, Wish, sign
from tests.support.province import Answer, Citizen, Province, answer_of

HOST = "testserver"


def new_key(key_id: str, algorithm: Algorithm = Algorithm.ED25519) -> SigningKey:
    """A key of a provider."""
    private = ed25519.Ed25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return SigningKey(key_id=key_id, algorithm=algorithm, material=pem)


def signed_headers(
    key: SigningKey, method: str, path: str, body: bytes, **wishes: Any
) -> dict[str, str]:
    """The fields that go with a request to our API."""
    wish = Wish(
        **{"created": clock.now(), "nonce": uuid4().hex, "tag": "wallet-provider", **wishes}
    )
    message = Message.to_url(method, f"http://{HOST}{path}", body=body)
    return dict(sign(message, key, wish))


def send(method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
    """One request as it is."""
    client = Client(raise_request_exception=False)
    return answer_of(
        client.generic(
            method, path, body, content_type="application/json", headers=headers, HTTP_HOST=HOST
        )
    )


@dataclass(slots=True, kw_only=True)
class Server:
    """A provider's server with a registered key."""

    provider: WalletProvider
    key: SigningKey

    @classmethod
    def new(cls, *, rate_per_minute: int = 100_000) -> Server:
        """A provider of its own."""
        now, code = clock.now(), f"test-{uuid4().hex[:10]}"
        phones.order_key()
        provider = registration.add(
            code=code,
            name_zh="试验钱包",
            name_en="Test wallet",
            order_profile="sandbox-phone",
            rate_per_minute=rate_per_minute,
            actor=SYSTEM,
            now=now,
        )
        server = cls(provider=provider, key=new_key(f"{code}-1"))
        server.register(server.key, now)
        return server

    def register(self, key: SigningKey, now: datetime) -> None:
        """The provider has told us this key."""
        registration.add_key(
            self.provider,
            key_id=key.key_id,
            algorithm=key.algorithm.value,
            public_pem=key.public.material.decode(),
            expires_at=now + timedelta(days=1),
            actor=SYSTEM,
            now=now,
        )

    def by(self, key: SigningKey) -> Server:
        """The same server signing with another key."""
        return replace(self, key=key)

    def get(self, path: str, **wishes: Any) -> Answer:
        return self._send("GET", path, b"", wishes)

    def post(self, path: str, words: Any = None, **wishes: Any) -> Answer:
        return self._send("POST", path, json.dumps(words or {}).encode(), wishes)

    def _send(self, method: str, path: str, body: bytes, wishes: dict[str, Any]) -> Answer:
        whole = f"/api/v1/provider/{path}"
        return send(method, whole, body, signed_headers(self.key, method, whole, body, **wishes))


@dataclass(slots=True, kw_only=True)
class Fetching:
    """A paid top-up of a citizen, ordered for a provider, and the card in their phone."""

    province: Province
    citizen: Citizen
    card: VirtualCard
    server: Server
    topup: dict[str, Any]
    order_no: str = field(default="")

    @classmethod
    def new(cls, province: Province, server: Server | None = None) -> Fetching:
        """A new citizen with a new card and ¥50 paid."""
        citizen, card = province.citizen(), province.card()
        topup = province.paid(citizen, card)
        own = cls(
            province=province,
            citizen=citizen,
            card=card,
            server=server or Server.new(),
            topup=topup,
        )
        own.order_no = own.order().body["order_no"]
        return own

    def order(self) -> Answer:
        """The citizen's app asks for the signed call."""
        wish = {"provider": self.server.provider.code}
        return self.citizen.post(f"topups/{self.topup['id']}/wallet-orders", wish)

    @property
    def path(self) -> str:
        return f"orders/{self.order_no}"

    @property
    def card_no(self) -> str:
        return self.card.state.asn[1:]

    def open(self, **words: Any) -> Answer:
        return self.server.post(f"{self.path}/loads", {"card_no": self.card_no} | words)

    def run(self, script: list[dict[str, Any]]) -> list[str]:
        answers: list[str] = []
        for step in script:
            answers.append(self.card.line(step["apdu"]))
            if answers[-1] == "TORN" or (
                step["expect"] == "9000" and not answers[-1].endswith("9000")
            ):
                break
        return answers

    def wish(self, opened: Answer) -> dict[str, Any]:
        """What the challenge says of an opened load, the card having answered."""
        return {
            "card_no": self.card_no,
            "amount_fen": opened.body["amount_fen"],
            "answers": self.run(opened.body["script"]),
        }

    def challenge(self, opened: Answer, wish: dict[str, Any] | None = None) -> Answer:
        path = f"{self.path}/loads/{opened.body['load_id']}/challenge"
        return self.server.post(path, wish or self.wish(opened))

    def result(self, load_id: str, **words: Any) -> Answer:
        return self.server.post(f"{self.path}/loads/{load_id}/result", {"status": "0"} | words)

    def load(self) -> Answer:
        """The whole conversation."""
        credit = self.challenge(self.open())
        assert credit.status == 200, credit.body
        return self.result(credit.body["load_id"], answers=self.run(credit.body["script"]))

    def show(self) -> Answer:
        """The card is seen again by the provider."""
        self.card.line("!reset")
        asked = self.server.post(f"{self.path}/evidence")
        assert asked.status == 201, asked.body
        answers = {"answers": self.run(asked.body["script"])}
        return self.server.post(f"{self.path}/evidence/{asked.body['id']}", answers)

    def state(self) -> str:
        return str(self.citizen.get(f"topups/{self.topup['id']}").body["state"])

    def agrees(self, fen: int) -> bool:
        """Whether card and ledger both hold so much, and the book is sound."""
        held = self.province.balance_fen("card_purse", self.card.state.asn)
        return (self.card.state.balances["2"], held, self.province.faults()) == (fen, fen, [])
