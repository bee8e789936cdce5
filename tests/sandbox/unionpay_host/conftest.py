"""银联's host in this process, and our side of its wire: what goes in and comes out are bytes."""

import json
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import serialization

from gateway.channels.port import HttpResponse, Merchant, PaymentWish, Product, RefundWish
from gateway.channels.registry import adapter
from gateway.sandbox.neighbours.server import Call
from gateway.sandbox.unionpay_host.authority import SANDBOX_HOLDER
from gateway.sandbox.unionpay_host.doors import Doors
from gateway.sandbox.unionpay_host.host import HostState
from tests.gateway.channels.unionpay.peer import MER_ID, merchant_key_pem

CERTIFICATE_NO = "68759663125"
unionpay = adapter("unionpay")


class Us:
    """Our adapter and the host's doors with nothing but bytes between them."""

    def __init__(self, state_dir):
        self.state = HostState(state_dir)
        self.doors = Doors(self.state)
        key = serialization.load_pem_private_key(merchant_key_pem(), None)
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        entry = {"certificate_no": CERTIFICATE_NO, "public_key_pem": public.decode()}
        (state_dir / "merchants.json").write_text(json.dumps({MER_ID: entry}))

    @property
    def merchant(self):
        roots = b"".join(key.public_pem for key in self.state.keyring.all())
        return Merchant(
            channel="unionpay",
            merchant_no=MER_ID,
            app_no="acp",
            base_url="http://127.0.0.1:9",
            notify_url="http://127.0.0.1:9/notices",
            refund_notify_url="http://127.0.0.1:9/notices",
            signing_serial=CERTIFICATE_NO,
            signing_key_pem=merchant_key_pem(),
            platform_keys={},
            trusted_roots_pem=roots,
            options={"certificate_holder": SANDBOX_HOLDER, "statement_url": "/"},
        )

    def now(self):
        return datetime.fromtimestamp(self.state.book.now(), UTC)

    def carry(self, request):
        parts = urlsplit(request.url)
        call = Call(
            method=request.method,
            target=parts.path,
            headers=dict(request.headers),
            body=request.body,
            base_url="http://127.0.0.1:9",
        )
        reply = self.doors.answer(call)
        return HttpResponse(
            status=reply.status, headers=reply.headers, body=reply.body, asked=request.asked
        )

    def wish(self, product=Product.NATIVE):
        now = self.now()
        return PaymentWish(
            order_no=secrets.token_hex(16),
            amount_fen=5000,
            description="交通卡充值",
            placed_at=now,
            expires_at=now + timedelta(minutes=30),
            product=product,
        )

    def open(self, wish):
        request = unionpay.create_payment(self.merchant, wish, now=self.now(), nonce="")
        return unionpay.read_created(self.merchant, self.carry(request), now=self.now())

    def paid(self):
        wish = self.wish()
        self.open(wish)
        self.state.orders.pay(MER_ID, wish.order_no)
        return wish

    def query(self, wish):
        request = unionpay.query(
            self.merchant, wish.order_no, placed_at=wish.placed_at, now=self.now(), nonce=""
        )
        return unionpay.read_payment(self.merchant, self.carry(request), now=self.now())

    def refund_wish(self, wish, amount_fen):
        return RefundWish(
            refund_no=secrets.token_hex(16),
            order_no=wish.order_no,
            transaction_no=self.query(wish).transaction_no,
            asked_at=self.now(),
            amount_fen=amount_fen,
            total_fen=5000,
        )

    def refund(self, wish):
        request = unionpay.refund(self.merchant, wish, now=self.now(), nonce="")
        return unionpay.read_refund(self.merchant, self.carry(request), now=self.now())

    def query_refund(self, wish):
        request = unionpay.query_refund(self.merchant, wish, now=self.now(), nonce="")
        return unionpay.read_refund(self.merchant, self.carry(request), now=self.now())


@pytest.fixture
def us(tmp_path):
    return Us(tmp_path)
