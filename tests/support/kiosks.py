"""Kiosks for tests: made by two officers, enrolled by their own key, loading virtual cards."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.test import Client

from accounts import clock
from accounts.models import Kiosk, Person
from gateway.kiosk import boxes, counters, creating, quota
from gateway.kiosk.models import Box, Count
from gateway.sandbox.kiosks.client import BASE, VALID_FOR, Machine, Reply, Request, new_key
from gateway.sandbox.virtual_card import VirtualCard
from gateway.signatures import Algorithm, Message, SigningKey, Wish, sign
from gateway.signatures.signing import REQUEST
from tests.support.officers import seat
from tests.support.province import Province, answer_of

HOST = "testserver"
ROLES = ("kiosk_operator", "finance_officer", "security_officer")


def deliver(request: Request) -> Reply:
    """One request to our door in this process, as it is."""
    client = Client(raise_request_exception=False)
    answer = answer_of(
        client.generic(
            request.method,
            request.path,
            request.body,
            content_type="application/json",
            headers=request.headers,
            HTTP_HOST=HOST,
        )
    )
    return Reply(status=answer.status, body=answer.body, raw=answer.raw, headers=answer.headers)


def two_officers(pool: int) -> tuple[Person, Person]:
    """Two people who may do everything with this pool's kiosks, but never alone."""
    first, second = (seat(*(((role), pool) for role in ROLES[:2])).person for _ in range(2))
    return first, second


@dataclass(slots=True, kw_only=True)
class CountingMachine:
    """A counting machine with a key of its own."""

    code: str
    key: SigningKey
    slips: int = 0

    @classmethod
    def new(cls, pool: int, first: Person, second: Person) -> CountingMachine:
        code, key = f"c{uuid4().hex[:8]}", new_key()
        asked = counters.ask(
            code=code, pool=pool, place="清点间", algorithm=key.algorithm.value,
            public_pem=key.public.material.decode(), maker=first, now=clock.now(),
        )  # fmt: skip
        counters.approve(asked.id, checker=second, now=clock.now())
        key = SigningKey(key_id=code, algorithm=key.algorithm, material=key.material)
        return cls(code=code, key=key)

    def says(self, label: str, notes: dict[int, int], *, slip: str = "", **changed: Any) -> Reply:
        """Signs and sends what it counted."""
        self.slips += 1
        now, path = clock.now(), f"{BASE}counter-records"
        said = [{"value_fen": value, "count": many} for value, many in notes.items()]
        wish = {
            "slip": slip or f"GLY-{self.slips:04d}", "box": label, "notes": said,
            "counted_at": now.isoformat(),
        }  # fmt: skip
        body = json.dumps(wish | changed).encode()
        headers = {"Idempotency-Key": uuid4().hex}
        message = Message.to_url("POST", f"http://{HOST}{path}", headers=headers, body=body)
        signed = sign(message, self.key, Wish(
            created=now, expires=now + VALID_FOR, tag=counters.TAG,
            components=(*REQUEST, "idempotency-key"),
        ))  # fmt: skip
        return deliver(Request(method="POST", path=path, body=body, headers={**headers, **signed}))


@dataclass(slots=True, kw_only=True)
class Standing:
    """A kiosk in service: the machine, its row, and the two officers behind it."""

    province: Province
    kiosk: Kiosk
    machine: Machine
    first: Person
    second: Person
    box: str = ""

    @classmethod
    def new(
        cls,
        province: Province,
        *,
        quota_fen: int = 0,
        algorithm: Algorithm = Algorithm.ED25519,
        officers: tuple[Person, Person] | None = None,
        now: Callable[[], datetime] = clock.now,
    ) -> Standing:
        """Created, approved, enrolled, signed on, with a box in place and quota."""
        first, second = officers or two_officers(province.pool)
        code = f"k{uuid4().hex[:8]}"
        asked = creating.create(
            code=code,
            operator=province.operator,
            place="郑州东站 1 厅",
            terminal_no=f"{uuid4().int % 10**12:012d}",
            maker=first,
            now=clock.now(),
        )
        given = creating.approve(asked.id, checker=second, now=clock.now())
        machine = Machine(origin=f"http://{HOST}", key=new_key(algorithm), send=deliver, clock=now)
        enrolled = machine.enrol(given.code)
        assert enrolled.status == 201, enrolled.body
        made = cls(
            province=province,
            kiosk=creating.by_code(code),
            machine=machine,
            first=first,
            second=second,
        )
        made.begin()
        if quota_fen:
            made.grant(quota_fen)
        return made

    def begin(self) -> None:
        on = self.machine.sign_on()
        assert on.status == 201, on.body
        box = self.machine.post("boxes")
        assert box.status == 201, box.body
        self.box = box.body["box"]

    def grant(self, fen: int) -> None:
        asked = quota.ask(self.kiosk, fen, maker=self.first, because="a test", now=clock.now())
        quota.approve(asked.id, checker=self.second, now=clock.now())

    def slot(self, card: VirtualCard) -> Reply:
        return self.machine.post("intakes", {"card_no": card.state.asn[1:]})

    def open_cash(self, card: VirtualCard, *values: int) -> Reply:
        """A slot, notes, and the load opened with them."""
        slot = self.slot(card)
        assert slot.status == 201, slot.body
        notes = [self.machine.note(slot.body["intake_id"], self.box, fen) for fen in values]
        wish = {
            "card_no": card.state.asn[1:],
            "intake_id": slot.body["intake_id"],
            "notes": notes,
        }
        return self.machine.post("cash-loads", wish)

    def challenge(self, opened: Reply, card: VirtualCard) -> Reply:
        answers = run(card, opened.body["script"])
        return self.machine.post(f"loads/{opened.body['id']}/challenge", {"answers": answers})

    def prove(self, opened: Reply, credit: Reply, card: VirtualCard) -> Reply:
        answers = run(card, credit.body["script"])
        return self.machine.post(*self.proof(opened, answers))

    def proof(self, opened: Reply, answers: list[str]) -> tuple[str, dict[str, Any]]:
        """The proof as it is written into the journal and sent, now or later."""
        has_tac = bool(answers) and len(answers[0]) == 12 and answers[0].endswith("9000")
        load_id = opened.body["id"]
        number = self.machine.write(
            "load" if has_tac else "doubt", opened.body["amount_fen"], load_id
        )
        said_at = self.machine.clock().isoformat()
        wish = {"answers": answers, "number": number, "said_at": said_at}
        return f"loads/{load_id}/proof", wish

    def load_cash(self, card: VirtualCard, *values: int) -> Reply:
        """The whole of it."""
        opened = self.open_cash(card, *values)
        assert opened.status == 201, opened.body
        credit = self.challenge(opened, card)
        assert credit.status == 200, credit.body
        return self.prove(opened, credit, card)

    def counted(self, label: str, notes: dict[int, int], *, slip: str = "") -> Count:
        """The box counted by a machine that two officers let speak and that signed its slip."""
        box = Box.objects.get(label=label)
        record = self.counter().says(label, notes, slip=slip)
        assert record.status == 201, record.body
        return boxes.count_by_counter(
            box.id, UUID(record.body["id"]), by=self.first, now=clock.now()
        )

    def counter(self) -> CountingMachine:
        """A counting machine of this kiosk's pool, by two officers."""
        return CountingMachine.new(self.province.pool, self.first, self.second)

    def quota_fen(self) -> int:
        return quota.available_fen(self.kiosk)

    def cash_fen(self) -> int:
        return self.province.balance_fen("cash_in_transit", self.box)

    def agrees(self, card: VirtualCard, fen: int) -> bool:
        """Whether card and ledger both hold so much, and the book is sound."""
        held = self.province.balance_fen("card_purse", card.state.asn)
        return (card.state.balances["2"], held, self.province.faults()) == (fen, fen, [])


def run(card: VirtualCard, script: list[dict[str, Any]]) -> list[str]:
    """The commands to the card, as a pipe would carry them."""
    answers: list[str] = []
    for step in script:
        answers.append(card.line(step["apdu"]))
        if answers[-1] == "TORN" or (step["expect"] == "9000" and not answers[-1].endswith("9000")):
            break
    return answers


LATER = timedelta(days=3)
