"""One sandbox wallet of 支付宝 for the run, well behaved and quiet before every test."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.channels.port import Merchant, PaymentWish, Product, RefundWish
from gateway.channels.registry import adapter
from gateway.channels.transport import AllowedHost, Patience, send
from gateway.sandbox.neighbours.moments import SHANGHAI
from tests.gateway.channels.alipay.peer import APP, SELLER, AlipayPeer
from tests.gateway.channels.keys import merchant_public_pem
from tests.support.wallet import Catcher, neighbour_process

alipay = adapter("alipay")


class OurSide:
    """What the gateway's core does with the adapter, as short words for tests."""

    def __init__(self, wallet: Any, door: Catcher) -> None:
        self.wallet, self.door = wallet, door

    @property
    def merchant(self) -> Merchant:
        keys = {name: pem.encode() for name, pem in self.wallet.keys().items()}
        return replace(
            AlipayPeer().merchant(),
            base_url=self.wallet.base_url,
            notify_url=f"{self.door.url}/n",
            platform_keys=keys,
        )

    @property
    def hosts(self) -> list[AllowedHost]:
        port = int(self.wallet.base_url.rpartition(":")[2])
        return [AllowedHost(host="127.0.0.1", port=port, loopback=True)]

    def now(self) -> datetime:
        return datetime.now(UTC)

    def book_now(self) -> datetime:
        return datetime.fromisoformat(self.wallet.health()["now"]).astimezone(SHANGHAI)

    def send(self, request: Any) -> Any:
        patience = Patience(read_seconds=2.0)
        return send(request, hosts=self.hosts, now=self.now(), patience=patience)

    def ask(self, request: Any, read: Any) -> Any:
        return read(self.merchant, self.send(request), now=self.now())

    def wish(self, product: Product = Product.NATIVE) -> PaymentWish:
        return PaymentWish(
            order_no=secrets.token_hex(16),
            amount_fen=5000,
            description="公交卡充值,50元",
            placed_at=self.now(),
            expires_at=self.book_now() + timedelta(minutes=30),
            product=product,
            payer_no="2088101117955611",
        )

    def say(self, wish: PaymentWish) -> Any:
        request = alipay.create_payment(self.merchant, wish, now=self.now(), nonce="")
        return self.ask(request, alipay.read_created)

    def paid(self) -> str:
        wish = self.wish()
        self.say(wish)
        self.wallet.pay(wish.order_no)
        self.wallet.advance(0)
        return wish.order_no

    def query(self, order_no: str) -> Any:
        moment = self.now()
        request = alipay.query(self.merchant, order_no, placed_at=moment, now=moment, nonce="")
        return self.ask(request, alipay.read_payment)

    def close(self, order_no: str) -> Any:
        moment = self.now()
        request = alipay.close(self.merchant, order_no, placed_at=moment, now=moment, nonce="")
        return self.ask(request, alipay.read_closed)

    def refund_wish(self, order_no: str, amount_fen: int = 5000) -> RefundWish:
        return RefundWish(
            refund_no=secrets.token_hex(16),
            order_no=order_no,
            transaction_no=self.wallet.order(order_no)["transaction_no"],
            asked_at=self.now(),
            amount_fen=amount_fen,
            total_fen=5000,
        )

    def refund(self, wish: RefundWish) -> Any:
        request = alipay.refund(self.merchant, wish, now=self.now(), nonce="")
        return self.ask(request, alipay.read_refund)

    def query_refund(self, wish: RefundWish) -> Any:
        request = alipay.query_refund(self.merchant, wish, now=self.now(), nonce="")
        return self.ask(request, alipay.read_refund)

    def notices(self) -> list[Any]:
        self.wallet.advance(0)
        return [
            alipay.read_notice(self.merchant, push.headers, push.body, now=self.now())
            for push in self.door.take()
        ]


@pytest.fixture(scope="session")
def wallet_of_alipay(tmp_path_factory: pytest.TempPathFactory) -> Any:
    place = tmp_path_factory.mktemp("alipay")
    with neighbour_process("gateway.sandbox.alipay_wallet", place) as wallet:
        entry = {"app_id": APP, "public_key_pem": merchant_public_pem().decode()}
        (place / "merchants.json").write_text(json.dumps({SELLER: entry}))
        yield wallet


@pytest.fixture
def us(wallet_of_alipay: Any) -> Any:
    wallet_of_alipay.behave()
    door = Catcher()
    yield OurSide(wallet_of_alipay, door)
    door.stop()
    wallet_of_alipay.behave()
