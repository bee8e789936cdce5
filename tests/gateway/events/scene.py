"""What tests of events play with: top-ups that move, and a receiver on a real socket."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

from accounts import clock, duties, people, trail
from accounts.actors import SYSTEM, Actor
from accounts.identifiers import new_id
from accounts.models import IssuerPrefix, Operator, Person, TransitCard
from accounts.roles import ADMINISTRATOR
from gateway.events import endpoints, owing
from gateway.events.models import Delivery, Endpoint
from gateway.topup.models import TopUp
from tests.accounts.strangers import a_card_no, somebody
from tests.support.listening import listen
from tests.support.pools import next_pool

CITIZEN = Actor(kind="citizen", id="test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One request as the receiver got it, and when by its own stopwatch."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def words(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.body)
        return said

    @property
    def delivery(self) -> str:
        return self.headers["Event-Delivery"]


@dataclass
class Receiver:
    """Answers what it is told to, 200 otherwise; challenges are answered unless it `lies`."""

    answers: list[int] = field(default_factory=list)
    slow_seconds: float = 0.0
    lies: bool = False
    location: str = ""
    heard: list[Heard] = field(default_factory=list)

    def __post_init__(self) -> None:
        receiver = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                words = json.loads(body)
                answer = b""
                status = 200
                if words["type"] == "endpoint.challenge":
                    word = "guess" if receiver.lies else words["data"]["challenge"]
                    answer = json.dumps({"challenge": word}).encode()
                else:
                    time.sleep(receiver.slow_seconds)
                    status = receiver.answers.pop(0) if receiver.answers else 200
                receiver.heard.append(
                    Heard(
                        path=self.path,
                        headers=dict(self.headers),
                        body=body,
                        at=time.monotonic(),
                    )
                )
                self.send_response(status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/in?from=gateway"
        listen(self._server)

    @property
    def events(self) -> list[Heard]:
        return [one for one in self.heard if one.words["type"] != "endpoint.challenge"]

    @property
    def types(self) -> list[str]:
        return [one.words["type"] for one in self.events]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def an_operator() -> Operator:
    pool = next_pool()
    operator = Operator.objects.create(
        code=f"told-{pool}", name_zh=f"知会{pool}", name_en=f"Told {pool}", level="city", pool=pool
    )
    IssuerPrefix.objects.create(
        prefix=f"310888{pool:06d}", issuer_name="试验", operator=operator, source="test"
    )
    return operator


def a_topup(operator: Operator, amount_fen: int = 5_000) -> TopUp:
    now = clock.now()
    person = somebody(now)
    card = TransitCard.objects.create(
        id=new_id(now),
        asn="0" + a_card_no(f"310888{operator.pool:06d}"),
        operator=operator,
        holder=person,
        added_at=now,
    )
    return TopUp.objects.create(
        id=new_id(now),
        pool=operator.pool,
        person=person,
        card=card,
        amount_fen=amount_fen,
        placed_at=now,
    )


def pay(topup: TopUp) -> None:
    now = clock.now()
    trail.advance(topup, to="paid", actor=CITIZEN, because="paid", now=now, paid_at=now)


def move(topup: TopUp, *states: str) -> None:
    for state in states:
        now = clock.now()
        more = {"loaded_at": now} if state == "loaded" else {}
        trail.advance(topup, to=state, actor=CITIZEN, because="a test", now=now, **more)


def tell(topup: TopUp) -> None:
    """Does the duty that the moves owe."""
    assert duties.work_one("event.topup", topup.id, clock.now())


def an_administrator() -> Person:
    now = clock.now()
    person = somebody(now)
    people.grant(person, ADMINISTRATOR, pool=None, granted_by=None, now=now)
    return person


def an_endpoint(
    receiver: Receiver, operator: Operator | None, *kinds: str, app: str = "wallet"
) -> Endpoint:
    officer, now = an_administrator(), clock.now()
    subscriber = f"operator:{operator.code}" if operator else f"app:{app}"
    made = endpoints.add(
        subscriber=subscriber,
        url=receiver.url,
        kinds=kinds,
        operators=(),
        officer=officer,
        now=now,
    )
    return endpoints.prove(made.pk, officer=officer, now=now)


def send(endpoint: Endpoint, now: Any = None) -> None:
    duties.work_one(owing.SEND, endpoint.pk, now or clock.now())


def deliveries(endpoint: Endpoint) -> list[Delivery]:
    rows = Delivery.objects.filter(endpoint=endpoint).select_related("event")
    return list(rows.order_by("event__subject_id", "event__sequence"))


def uuid_of(told: Heard) -> UUID:
    return UUID(told.words["id"])


__all__ = ["SYSTEM", "Heard", "Receiver"]
