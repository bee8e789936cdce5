"""Kiosks of pool 1 for the console's tests: a machine, a box, a counter, a day, unloaded cash."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from accounts import cards, clock, devices, roles
from accounts.actors import Actor
from accounts.clock import business_day
from accounts.identifiers import derive, new_id
from accounts.models import Kiosk, Operator
from gateway.kiosk import boxes, counters, kept
from gateway.kiosk.models import Box, Claim, Counter, Intake, Line, Record, Settlement
from gateway.sandbox.kiosks.client import new_key
from gateway.topup.models import TopUp
from reserve_funds import postings
from reserve_funds.ledger import book
from tests.support.officers import seat

POOL = 1
Make = Callable[[], UUID]


def new_kiosk(pool: int = POOL, *, place: str = "郑州东站 1 厅") -> Kiosk:
    """A planned kiosk of this pool."""
    kiosk = devices.add_kiosk(
        code=f"k{uuid4().hex[:8]}", operator=Operator.objects.get(pool=pool), place=place,
        terminal_no=f"{uuid4().int % 10**12:012d}", now=clock.now(),
    )  # fmt: skip
    Line.objects.create(kiosk=kiosk)
    return kiosk


def new_box(kiosk: Kiosk, *, out_for: timedelta | None = None) -> Box:
    """A box in the kiosk, or one that was taken out so long ago."""
    now = clock.now()
    actor = Actor(kind="kiosk", id=str(kiosk.id))
    box = boxes.put_in(kiosk, cause=new_id(now), actor=actor, now=now - (out_for or timedelta()))
    if out_for is not None:
        boxes.take_out(kiosk, actor=actor, now=now - out_for)
        box.refresh_from_db()
    return box


def new_claim(kiosk: Kiosk, *, card_no: str = "3105070200000000017") -> Claim:
    """Cash that became an order of a card, as rows alone: nothing is booked."""
    now = clock.now()
    card = cards.meet(card_no, now)
    own_id = new_id(now)
    topup = TopUp.objects.create(
        id=new_id(now), pool=kiosk.operator.pool, card=card, amount_fen=5_000, placed_at=now
    )
    intake = Intake.objects.create(
        id=own_id, kiosk=kiosk, card=card, most_fen=5_000, taken_fen=5_000, opened_at=now,
        day=business_day(now),
    )  # fmt: skip
    Intake.objects.filter(pk=own_id).update(state="ordered", topup_id=topup.id)
    return Claim.objects.create(
        id=topup.id, intake=intake, pool=topup.pool, collected_by=topup.pool, amount_fen=5_000,
        deadline=now + timedelta(days=7), made_at=now,
    )  # fmt: skip


def new_kept(box: Box, *, card_no: str = "3105070200000000017", fen: int = 5_000) -> Claim:
    """Cash that fell into this box and became no order, in the book as well."""
    now = clock.now()
    slot = Intake.objects.create(
        id=new_id(now), kiosk=box.kiosk, card=cards.meet(card_no, now), most_fen=fen,
        taken_fen=fen, opened_at=now, day=business_day(now),
    )  # fmt: skip
    number = Record.objects.filter(kiosk=box.kiosk).count() + 1
    Record.objects.create(
        kiosk=box.kiosk, number=number, kind="note", amount_fen=fen, ref=slot.id, box=box,
        intake=slot, said_at=now, taken_at=now,
    )  # fmt: skip
    book.post([
        postings.cash_accepted(box.pool, derive(slot.id, f"note {number}"), slot.id,
                               box=box.label, amount_fen=fen, event_at=now)
    ])  # fmt: skip
    actor = Actor(kind="kiosk", id=str(box.kiosk_id))
    kept.hold(slot.id, because="quota", actor=actor, now=now)
    return Claim.objects.get(pk=slot.id)


def new_counter(pool: int = POOL) -> Counter:
    """A counting machine that waits for its second officer."""
    key = new_key().public
    return counters.ask(
        code=f"c{uuid4().hex[:8]}", pool=pool, place="清点间", algorithm=key.algorithm.value,
        public_pem=key.material.decode(), maker=seat((roles.KIOSK_OPERATOR, pool)).person,
        now=clock.now(),
    )  # fmt: skip


def new_day(kiosk: Kiosk) -> Settlement:
    """A day that differs."""
    told = {"notes": 1, "notes_fen": 5_000, "loads": 0, "loads_fen": 0}
    now = clock.now()
    return Settlement.objects.create(
        id=new_id(now), kiosk=kiosk, day=business_day(now), first=1, last=2, theirs=told,
        ours=told | {"notes": 0, "notes_fen": 0}, settled_at=now,
    )  # fmt: skip


@pytest.fixture
def a_kiosk(db: None) -> Make:
    return lambda: new_kiosk().id


@pytest.fixture
def a_box(db: None) -> Make:
    return lambda: new_box(new_kiosk(), out_for=timedelta(days=1)).id


@pytest.fixture
def a_counter(db: None) -> Make:
    return lambda: new_counter().id


@pytest.fixture
def a_kiosk_day(db: None) -> Make:
    return lambda: new_day(new_kiosk()).id


@pytest.fixture
def a_claim(db: None) -> Make:
    return lambda: new_claim(new_kiosk()).id
