"""Citizens known by name with cards in their name, and the days that services wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accounts import clock, trail
from accounts.actors import SYSTEM
from accounts.identifiers import new_id
from accounts.models import Person, RealNameCheck, TransitCard
from gateway.sandbox.virtual_card import VirtualCard
from reserve_funds import postings
from reserve_funds.ledger import book
from tests.support.province import Answer, Citizen, Province
from tests.support.talk import Talk

NAME = "欧阳小雨"
LOAD_FEN = 5_000
WAIT = timedelta(days=9)


@dataclass(slots=True, kw_only=True)
class Held:
    """One card in somebody's hand."""

    province: Province
    citizen: Citizen
    chip: VirtualCard

    @classmethod
    def new(cls, province: Province, citizen: Citizen, *, named: bool, loads: int = 1) -> Held:
        """A card with so many loads of ¥50 on it."""
        held = cls(province=province, citizen=citizen, chip=province.card(citizen))
        if named:
            assert held.name().status == 200
        for _ in range(loads):
            held.load()
        return held

    @property
    def asn(self) -> str:
        return self.chip.state.asn

    @property
    def row(self) -> TransitCard:
        return TransitCard.objects.select_related("operator").get(asn=self.asn)

    @property
    def talk(self) -> Talk:
        return Talk(citizen=self.citizen, card=self.chip)

    @property
    def path(self) -> str:
        return f"cards/{self.row.pk}"

    def load(self, amount_fen: int = LOAD_FEN) -> dict[str, Any]:
        topup = self.province.paid(self.citizen, self.chip, amount_fen)
        self.chip.line("!reset")
        verdict = self.talk.load(topup)
        assert verdict.body["outcome"] == "loaded", verdict.body
        return topup

    def begin_naming(self) -> Answer:
        return self.citizen.post(f"{self.path}/naming")

    def name(self) -> Answer:
        """The whole registration."""
        self.chip.line("!reset")
        begun = self.begin_naming()
        assert begun.status == 201, begun.body
        told = {"answers": self.talk.run(begun.body["script"])}
        return self.citizen.post(f"namings/{begun.body['id']}", told)

    def booked_fen(self) -> int:
        return self.province.balance_fen("card_purse", self.asn)


def known_by_name(province: Province, name: str = NAME) -> Citizen:
    """A citizen whose name a provider has confirmed."""
    somebody = province.citizen()
    confirm_name(somebody.person, name, clock.now())
    return somebody


def confirm_name(person: Person, name: str, now: datetime) -> None:
    check = RealNameCheck.objects.create(
        id=new_id(now),
        person=person,
        name_masked=name[0] + "*" * (len(name) - 1),
        id_masked="4101**********1234",
        id_digest=new_id(now).bytes * 2,
        asked_at=now,
    )
    trail.advance(
        check, to="confirmed", actor=SYSTEM, because="a test knows them", now=now, decided_at=now
    )


def id_of(answer: Answer) -> UUID:
    return UUID(answer.body["id"])


def ride(held: Held, fen: int, at: datetime) -> None:
    """A trip is taken in: the purse is debited."""
    batch = postings.account("rides_in_clearing", f"batch-{held.province.pool}")
    book.post(
        [
            postings.of(
                "ride_ingested",
                held.province.pool,
                new_id(at),
                debit=postings.card_purse(held.asn),
                credit=batch,
                amount_fen=fen,
                event_at=at,
            )
        ]
    )


def replaced(held: Held, new: Held, why: str) -> Any:
    return held.citizen.post(
        f"{held.path}/replacement", {"new_card_id": str(new.row.pk), "why": why}
    )
