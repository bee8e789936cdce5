"""Our side of a conversation with a running sandbox bank, and the door its notices come to."""

import json
import secrets
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from zoneinfo import ZoneInfo

from gateway.channels.port import PaymentWish, Product, RefundWish
from gateway.channels.registry import adapter
from gateway.channels.transport import AllowedHost, Patience, send
from tests.gateway.channels.banks.peer import APP_NO, MERCHANT_NO, SERIAL, our_public_pem
from tests.support.listening import listen

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Door:
    """Answers every push with the bank's own receipt, or refuses as many as it is told to."""

    def __init__(self, receipt):
        self._heard = threading.Condition()
        self.deliveries = []
        self.refuse_first = 0
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with door._heard:
                    door.deliveries.append((dict(self.headers.items()), body))
                    accepted = door.refuse_first <= 0
                    door.refuse_first -= 1
                    door._heard.notify_all()
                status, headers, answer = receipt(accepted)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/callbacks/bank/1"
        listen(self._server)

    def wait(self, at_least, seconds=5):
        with self._heard:
            enough = self._heard.wait_for(lambda: len(self.deliveries) >= at_least, seconds)
            assert enough, f"{len(self.deliveries)} of {at_least} notices came"
            return list(self.deliveries)

    def forget(self):
        with self._heard:
            self.deliveries.clear()
            self.refuse_first = 0

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class BankSide:
    """What the gateway's core does with an adapter, as short words for tests."""

    def __init__(self, peer, bank, place, door):
        self.peer, self.bank, self.place, self.door = peer, bank, place, door
        self.adapter = adapter(peer.name)
        self.product = next(iter(self.adapter.profile.products))
        entry = {
            "app_no": APP_NO,
            "key_id": SERIAL,
            "public_key_pem": our_public_pem(peer.our_kind),
        }
        entry["public_key_pem"] = entry["public_key_pem"].decode()
        (place / "merchants.json").write_text(json.dumps({MERCHANT_NO: entry}))

    @property
    def merchant(self):
        return replace(
            self.peer.merchant(),
            base_url=self.bank.base_url,
            notify_url=self.door.url,
            refund_notify_url=self.door.url,
            platform_keys={name: pem.encode() for name, pem in self.bank.keys().items()},
        )

    def now(self):
        return datetime.now(UTC)

    def bank_now(self):
        return datetime.fromisoformat(self.bank.health()["now"])

    def wish(self, product=None, amount_fen=5000):
        now = self.bank_now()
        return PaymentWish(
            order_no=secrets.token_hex(16),
            amount_fen=amount_fen,
            description="公交卡充值",
            placed_at=now,
            expires_at=now + timedelta(minutes=30),
            product=product or self.product,
            payer_ip="203.0.113.9" if product is Product.H5 else None,
        )

    def refund_wish(self, order_no, amount_fen):
        return RefundWish(
            refund_no=secrets.token_hex(16),
            order_no=order_no,
            transaction_no="",
            asked_at=self.now(),
            amount_fen=amount_fen,
            total_fen=5000,
            reason="未圈存退款",
        )

    def ask(self, make, read, *, merchant=None, patience=None):
        merchant = merchant or self.merchant
        request = make(merchant, now=self.now(), nonce=secrets.token_hex(16))
        port = int(self.bank.base_url.rpartition(":")[2])
        response = send(
            request,
            hosts=[AllowedHost(host="127.0.0.1", port=port, loopback=True)],
            now=self.now(),
            patience=patience or Patience(),
        )
        return read(merchant, response, now=self.now())

    def create(self, wish):
        return self.ask(
            lambda merchant, **stamp: self.adapter.create_payment(merchant, wish, **stamp),
            self.adapter.read_created,
        )

    def query(self, order_no, **ways):
        return self.ask(
            lambda merchant, **stamp: self.adapter.query(
                merchant, order_no, placed_at=self.now(), **stamp
            ),
            self.adapter.read_payment,
            **ways,
        )

    def close(self, order_no):
        return self.ask(
            lambda merchant, **stamp: self.adapter.close(
                merchant, order_no, placed_at=self.now(), **stamp
            ),
            self.adapter.read_closed,
        )

    def refund(self, wish):
        return self.ask(
            lambda merchant, **stamp: self.adapter.refund(merchant, wish, **stamp),
            self.adapter.read_refund,
        )

    def query_refund(self, wish):
        return self.ask(
            lambda merchant, **stamp: self.adapter.query_refund(merchant, wish, **stamp),
            self.adapter.read_refund,
        )

    def paid(self):
        """An order paid, its notice accepted."""
        wish = self.wish()
        self.create(wish)
        self.bank.pay(wish.order_no)
        self.bank.advance(0)
        return wish.order_no

    def notices(self, at_least=1, *, merchant=None):
        found = self.door.wait(at_least)
        return [
            self.adapter.read_notice(merchant or self.merchant, *delivery, now=self.now())
            for delivery in found
        ]

    def tomorrow_at_ten(self):
        """Moves the bank's clock past the making of today's bill; the day that is over."""
        now = self.bank_now().astimezone(SHANGHAI)
        ten = (now + timedelta(days=1)).replace(hour=10, minute=0, second=0)
        self.bank.advance((ten - now).total_seconds())
        return now.date()

    def bill_link(self, day):
        """The bank's day may be ahead of ours: asked as if it were its today."""
        bank_now = self.bank_now().astimezone(UTC)
        merchant = self.merchant
        seal = self.adapter.profile.seal
        from gateway.channels.banks import questions

        def make(merchant, *, now, nonce):
            class Late:
                algorithms = seal.algorithms
                dresses_bare_questions = seal.dresses_bare_questions
                canonical = staticmethod(seal.canonical)
                open = staticmethod(seal.open)

                @staticmethod
                def dress(merchant, draft, *, now, nonce):
                    return seal.dress(merchant, draft, now=datetime.now(UTC), nonce=nonce)

            profile = replace(self.adapter.profile, seal=Late())
            return questions.bill_request(profile, merchant, day, now=bank_now, nonce=nonce)

        return self.ask(
            make,
            lambda merchant, response, now: self.adapter.read_bill_link(
                merchant, response, day=day, now=now
            ),
            merchant=merchant,
        )

    def bill_file(self, link):
        return self.ask(
            lambda merchant, **stamp: self.adapter.bill_download(merchant, link, **stamp),
            lambda merchant, response, now: response,
        )
