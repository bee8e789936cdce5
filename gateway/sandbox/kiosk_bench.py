"""What each door of a kiosk costs, by the same measure as the journey's steps."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.test import Client

from accounts import cards, clock, people, roles
from accounts.models import Operator, Person
from gateway.kiosk import creating, quota
from gateway.sandbox import seed
from gateway.sandbox.journey import stage
from gateway.sandbox.journey.cardpipe import VirtualPipe
from gateway.sandbox.kiosks.client import Machine, Reply, Request, new_key
from gateway.sandbox.meter import Meter

ORIGIN, HOST = "http://testserver", "testserver"
NOTE_FEN, QUOTA_FEN = 1_000, 10_000_000
BEAT = {
    "version": "bench", "paper": "full", "cash_fen": 0, "notes": 0, "error_codes": [],
    "waiting_records": 0,
}  # fmt: skip


class KioskRounds:
    """One kiosk in service; each round is a customer with a card of their own and one note."""

    def __init__(self, client: Client, meter: Meter, *, now: datetime) -> None:
        self._client, self._meter = client, meter
        operator = cards.recognise(stage.home_number()[1:])
        officers = [_officer(operator.pool, now) for _ in range(2)]
        code = _enter(operator, *officers, now=now)
        self._machine = Machine(origin=ORIGIN, key=new_key(), send=self._deliver, clock=clock.now)
        assert self._machine.enrol(code).status == 201
        assert self._machine.sign_on().status == 201
        self._box = str(self._post("", "boxes")["box"])

    def one(self) -> None:
        """A card is laid down, a note falls, the card is loaded; and a heartbeat."""
        virtual = stage.virtual_card(stage.keys_in(seed.card_keys_file()))
        card, named = VirtualPipe(virtual), {"card_no": virtual.state.asn[1:]}
        self._post("POST cards", "cards", named)
        slot = self._post("POST intakes", "intakes", named)["intake_id"]
        first = self._machine.note(slot, self._box, NOTE_FEN)
        self._post("POST notes", "notes", {"notes": [first]})
        talk = self._post("POST cash-loads (open)", "cash-loads", named | {"intake_id": slot})
        where = f"loads/{talk['id']}"
        answers = [card.line(step["apdu"]) for step in talk["script"]]
        credit = self._post("POST challenge", f"{where}/challenge", {"answers": answers})
        answers = [card.line(step["apdu"]) for step in credit["script"]]
        number = self._machine.write("load", NOTE_FEN, talk["id"])
        wish = {"answers": answers, "number": number, "said_at": clock.now().isoformat()}
        verdict = self._post("POST proof", f"{where}/proof", wish)
        assert verdict["outcome"] == "loaded", verdict
        self._post("POST heartbeats", "heartbeats", BEAT | {"said_at": clock.now().isoformat()})

    def _post(self, name: str, path: str, words: Any = None) -> dict[str, Any]:
        """Signed before it is measured: what a machine computes is not the house's cost."""
        request = self._machine.signed("POST", path, words)
        if name:
            with self._meter.step(f"kiosk: {name}"):
                reply = self._deliver(request)
        else:
            reply = self._deliver(request)
        assert reply.status < 300, reply.body
        body: dict[str, Any] = reply.body
        return body

    def _deliver(self, request: Request) -> Reply:
        answer = self._client.generic(
            request.method,
            request.path,
            request.body,
            content_type="application/json",
            headers=request.headers,
            HTTP_HOST=HOST,
        )
        return Reply(
            status=answer.status_code,
            body=answer.json(),
            raw=answer.content,
            headers=dict(answer.headers.items()),
        )


def _officer(pool: int, now: datetime) -> Person:
    person = people.enrol(f"138{uuid4().int % 10**8:08d}", now)
    for role in (roles.KIOSK_OPERATOR, roles.FINANCE_OFFICER):
        people.grant(person, role, pool=pool, granted_by=None, now=now)
    return person


def _enter(operator: Operator, first: Person, second: Person, *, now: datetime) -> str:
    """A kiosk with quota, by two officers; its one-time code."""
    asked = creating.create(
        code=f"b{uuid4().hex[:8]}",
        operator=operator,
        place="bench",
        terminal_no=f"{uuid4().int % 10**12:012d}",
        maker=first,
        now=now,
    )
    given = creating.approve(asked.id, checker=second, now=now)
    kiosk = creating.by_code(asked.kiosk.code)
    wish = quota.ask(kiosk, QUOTA_FEN, maker=first, because="bench", now=now)
    quota.approve(wish.id, checker=second, now=now)
    return given.code
