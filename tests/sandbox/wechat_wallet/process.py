"""Starts a sandbox wallet for a test, listens for its notices, and plays our side of the wire."""

import json
import secrets
import signal
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import serialization

from gateway.channels.port import Merchant, PaymentWish, Product, RefundWish
from gateway.channels.registry import adapter
from gateway.channels.transport import AllowedHost, Patience, send
from gateway.channels.wechatpay import questions
from gateway.sandbox.neighbours.control import Neighbour
from tests.gateway.channels.keys import merchant_key_pem
from tests.gateway.channels.wechatpay.peer import API_V3_KEY, APPID, MCHID
from tests.support.listening import listen

ROOT = Path(__file__).parents[3]
SERIAL = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
SHANGHAI = ZoneInfo("Asia/Shanghai")
wechat = adapter("wechatpay")


class WalletProcess:
    """The wallet in a process of its own; the same port and state after a restart."""

    def __init__(self, state_dir):
        self.state_dir = state_dir
        self.port = 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.end(signal.SIGKILL)

    def start(self):
        command = [sys.executable, "-m", "gateway.sandbox.wechat_wallet"]
        command += ["--port", str(self.port), "--state-dir", str(self.state_dir)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        url = self._process.stdout.readline().split()[1]
        self.port = int(url.rpartition(":")[2])
        self.wallet = Neighbour(url)
        self.wallet.wait_until_ready()

    def end(self, number):
        self._process.send_signal(number)
        self._process.wait(10)
        self._process.stdout.close()

    def know_merchant(self):
        key = serialization.load_pem_private_key(merchant_key_pem(), password=None)
        public_pem = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        entry = {
            "appids": [APPID],
            "public_key_pem": public_pem.decode(),
            "serial": SERIAL,
            "api_v3_key": API_V3_KEY.decode(),
        }
        (self.state_dir / "merchants.json").write_text(json.dumps({MCHID: entry}))


class NoticeDoor:
    """Where the wallet's notices arrive; keeps every delivery as it came."""

    def __enter__(self):
        self.forget()
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with door._heard:
                    door._deliveries.append((dict(self.headers.items()), body))
                    status = door._status(self.headers, body)
                    door._heard.notify_all()
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/notices/wechatpay"
        listen(self._server)
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def forget(self):
        self._heard = threading.Condition()
        self._deliveries = []
        self.answers_with = 200
        self.refuse_first = 0

    def count(self):
        return len(self._deliveries)

    def last(self):
        return self._deliveries[-1]

    def deliveries(self, at_least=1, seconds=5):
        with self._heard:
            enough = self._heard.wait_for(lambda: len(self._deliveries) >= at_least, seconds)
            assert enough, f"{len(self._deliveries)} of {at_least} notices came"
            return list(self._deliveries)

    def _status(self, headers, body):
        if self.refuse_first > 0:
            self.refuse_first -= 1
            return 500
        return self.answers_with


class OurSide:
    """What the gateway's core does with an adapter, as short words for tests."""

    def __init__(self, running, door):
        self.running = running
        self.door = door

    @property
    def wallet(self):
        return self.running.wallet

    @property
    def hosts(self):
        return [AllowedHost(host="127.0.0.1", port=self.running.port, loopback=True)]

    @property
    def merchant(self):
        return Merchant(
            channel="wechatpay",
            merchant_no=MCHID,
            app_no=APPID,
            base_url=self.wallet.base_url,
            notify_url=self.door.url,
            refund_notify_url=self.door.url,
            signing_serial=SERIAL,
            signing_key_pem=merchant_key_pem(),
            shared_key=API_V3_KEY,
            platform_keys={name: pem.encode() for name, pem in self.wallet.keys().items()},
        )

    def now(self):
        return datetime.now(UTC)

    def nonce(self):
        return secrets.token_hex(16)

    def send(self, request, *, patient=True):
        patience = Patience() if patient else Patience(read_seconds=0.4)
        return send(request, hosts=self.hosts, now=self.now(), patience=patience)

    def wish(self, product=Product.NATIVE):
        wallet_now = datetime.fromisoformat(self.wallet.health()["now"])
        return PaymentWish(
            order_no=secrets.token_hex(16),
            amount_fen=5000,
            description="公交卡充值,50元",
            placed_at=wallet_now,
            expires_at=wallet_now + timedelta(minutes=30),
            product=product,
            payer_no="oUpF8uMuAJO" if product is Product.JSAPI else None,
            payer_ip="203.0.113.9" if product is Product.H5 else None,
        )

    def say(self, wish):
        merchant = self.merchant
        request = wechat.create_payment(merchant, wish, now=self.now(), nonce=self.nonce())
        return wechat.read_created(merchant, self.send(request), now=self.now())

    def create(self, product=Product.NATIVE):
        wish = self.wish(product)
        return wish.order_no, self.say(wish)

    def paid(self, *, settle=True):
        """An order paid; with `settle` its notice has been answered before this returns."""
        order_no, _ = self.create()
        if not settle:
            self.door.refuse_first = 1
        self.wallet.pay(order_no)
        self.wallet.advance(0)
        return order_no

    def query(self, order_no, *, patient=True):
        merchant = self.merchant
        request = wechat.query(
            merchant, order_no, placed_at=self.now(), now=self.now(), nonce=self.nonce()
        )
        answer = self.send(request, patient=patient)
        return wechat.read_payment(merchant, answer, now=self.now())

    def close(self, order_no):
        merchant = self.merchant
        request = wechat.close(
            merchant, order_no, placed_at=self.now(), now=self.now(), nonce=self.nonce()
        )
        wechat.read_closed(merchant, self.send(request), now=self.now())

    def refund_wish(self, order_no, amount_fen):
        return RefundWish(
            refund_no=secrets.token_hex(16),
            order_no=order_no,
            transaction_no=self.wallet.order(order_no)["transaction_no"] or "",
            asked_at=self.now(),
            amount_fen=amount_fen,
            total_fen=5000,
            reason="未圈存退款",
        )

    def refund(self, wish):
        merchant = self.merchant
        request = wechat.refund(merchant, wish, now=self.now(), nonce=self.nonce())
        return wechat.read_refund(merchant, self.send(request), now=self.now())

    def query_refund(self, wish):
        merchant = self.merchant
        request = wechat.query_refund(merchant, wish, now=self.now(), nonce=self.nonce())
        return wechat.read_refund(merchant, self.send(request), now=self.now())

    def refunds_of(self, order_no):
        return [row for row in self.wallet.book()["refunds"] if row["order_no"] == order_no]

    def notices(self, *, at_least=1, skip=0):
        merchant = self.merchant
        found = self.door.deliveries(at_least + skip)[skip:]
        return [wechat.read_notice(merchant, *delivery, now=self.now()) for delivery in found]

    def notice(self):
        return self.notices()[0]

    def wallet_day(self) -> date:
        return self._wallet_now().date()

    def seconds_to_bill_time(self) -> float:
        now = self._wallet_now()
        tomorrow_ten = (now + timedelta(days=1)).replace(hour=10, minute=0, second=0)
        return (tomorrow_ten - now).total_seconds()

    def bill_link(self, day):
        merchant = self.merchant
        wallet_now = self._wallet_now()
        asked = wechat.bill_request(merchant, day, now=wallet_now, nonce=self.nonce())
        path = asked.url.removeprefix(merchant.base_url)
        request = questions._get(merchant, path, now=self.now(), nonce=self.nonce())
        answer = self.send(request)
        return wechat.read_bill_link(merchant, answer, day=day, now=self.now())

    def _wallet_now(self):
        return datetime.fromisoformat(self.wallet.health()["now"]).astimezone(SHANGHAI)
