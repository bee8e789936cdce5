"""Cash at a kiosk: a slot is opened for a card, notes are booked as they fall, an order is made.

A note that fell is a fact and always taken, days later too (gateway.kiosk.late), whatever the
kiosk's state is. Locks: the intake, then ledger accounts of the lower pool first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import cards, duties, trail
from accounts.actors import WORKER, Actor
from accounts.clock import business_day
from accounts.errors import DomainError
from accounts.identifiers import derive
from accounts.models import Kiosk, TransitCard
from gateway.kiosk import (
    boxes,
    cash_limits,
    claims,
    kept,
    late,
    matters,
    quota,
    records,
    settling,
    shops,
)
from gateway.kiosk.errors import IntakeNotFound, IntakeOver, NothingTaken, QuotaUsedUp
from gateway.kiosk.late import Note as Note
from gateway.kiosk.models import Box, Intake
from gateway.topup import queries
from gateway.topup.models import TopUp
from nfc_topup import queries as loads
from nfc_topup.errors import CardNotInUse, LoadUnresolved
from reserve_funds import postings
from reserve_funds.custody.bridges import services as bridges
from reserve_funds.custody.cases import services as cases
from reserve_funds.errors import Overdrawn
from reserve_funds.ledger import book
from reserve_funds.ledger.values import Posting

SILENT_AFTER = timedelta(minutes=15)


def open_slot(
    kiosk: Kiosk, card: TransitCard, *, cause: UUID, actor: Actor, now: datetime
) -> Intake:
    """Lets cash fall for this card, and keeps that much of its day for it.

    The same cause is the same slot; another slot of the kiosk ends. CashNotTaken, NoBoxInPlace,
    CardNotInUse, PrepaidElsewhere, PoolWindingDown, LoadUnresolved (the card's half record first).
    """
    intake_id = derive(cause, "intake")
    with transaction.atomic():
        Kiosk.objects.select_for_update(of=("self",)).get(pk=kiosk.pk)
        known = Intake.objects.filter(pk=intake_id).first()
        if known is not None:
            return known
        for former in Intake.objects.filter(kiosk=kiosk, state="open"):
            _end(former, actor=actor, now=now)
        boxes.in_place(kiosk)
        shops.refuse_other_pool(kiosk, card)
        row = TransitCard.objects.select_for_update(of=("self",)).get(pk=card.pk)
        if row.state != "in_use":
            raise CardNotInUse(card_id=card.id, state=row.state)
        waiting = loads.unresolved_load_of(card)
        if waiting is not None:
            raise LoadUnresolved(load_id=waiting.id)
        return Intake.objects.create(
            id=intake_id,
            kiosk=kiosk,
            card=card,
            most_fen=cash_limits.room_fen(kiosk, card, now),
            opened_at=now,
            day=business_day(now),
        )


def take(kiosk: Kiosk, notes: Sequence[Note], *, actor: Actor, now: datetime) -> int:
    """Books notes that fell, all or none; said again they are the same. How many are kept.

    IntakeNotFound, NoBoxInPlace (not this kiosk's box), RecordDiffers.
    """
    by_intake: dict[UUID, list[Note]] = {}
    for note in sorted(notes, key=lambda each: each.number):
        by_intake.setdefault(note.intake_id, []).append(note)
    with transaction.atomic():
        for intake_id in sorted(by_intake):
            intake = _locked(kiosk, intake_id)
            for note in by_intake[intake_id]:
                _take_one(kiosk, intake, note, actor=actor, now=now)
    return len(notes)


def order(kiosk: Kiosk, intake_id: UUID, *, actor: Actor, now: datetime) -> TopUp:
    """The cash of an intake is the card's order now: paid, and open to load anywhere.

    Asked again it is the same order. NothingTaken; QuotaUsedUp, PrepaidElsewhere and
    PoolWindingDown: the cash stays the intake's, and people are told.
    """
    try:
        topup = _order(kiosk, intake_id, actor=actor, now=now)
    except Overdrawn as short:
        kept.hold(intake_id, because="quota", actor=actor, now=now)
        raise QuotaUsedUp(intake_id=intake_id) from short
    except DomainError as refused:
        if refused.code not in (NothingTaken.code, IntakeNotFound.code, IntakeOver.code):
            kept.hold(intake_id, because=refused.code, actor=actor, now=now)
        raise
    if topup.pool != kiosk.operator.pool:
        duties.work_one(bridges.CARRY, crossing_of(intake_id), now)
    return topup


def crossing_of(intake_id: UUID) -> UUID:
    """The crossing by which an intake's cash goes to another pool's order."""
    return derive(intake_id, "crossing order")


def tidy(now: datetime, *, limit: int = 200) -> int:
    """Ends silent slots: what fell becomes the card's order, to be loaded at its next tap.

    What waits for quota comes after the others, so that it holds up none.
    """
    unfinished = Intake.objects.filter(
        state__in=("open", "kept"), opened_at__lt=now - SILENT_AFTER
    ).select_related("kiosk__operator")
    ended = 0
    for intake in unfinished.order_by("-state", "opened_at")[:limit]:
        with transaction.atomic():
            row = Intake.objects.select_for_update().get(pk=intake.pk)
            if row.state == "open" and row.taken_fen == 0:
                _end(row, actor=WORKER, now=now)
                ended += 1
                continue
        try:
            order(intake.kiosk, intake.id, actor=WORKER, now=now)
            ended += 1
        except DomainError:
            continue
    return ended


def card_of(card_no: str, now: datetime) -> TransitCard:
    """The card that is presented, made known when it never was."""
    return cards.meet(card_no, now)


def _take_one(kiosk: Kiosk, intake: Intake, note: Note, *, actor: Actor, now: datetime) -> None:
    box = boxes.of_label(kiosk, note.box)
    known = records.of_number(kiosk, note.number)
    slot = known.intake if known is not None and known.ref == intake.id else None
    if slot is None:
        slot = late.slot_for(intake, note, actor=actor, now=now)
    is_new = records.keep(
        kiosk,
        note.number,
        kind="note",
        amount_fen=note.value_fen,
        ref=intake.id,
        said_at=note.said_at,
        now=now,
        box=box,
        intake=slot,
    )
    if not is_new:
        return
    accepted = _accepted(slot, box, note, now)
    if not shops.is_prepaid(kiosk):
        book.post([accepted])
        late.explain(box, accepted, actor=actor, now=now)
    slot.taken_fen += note.value_fen
    Intake.objects.filter(pk=slot.pk).update(taken_fen=slot.taken_fen)
    kept.grew(slot)
    if late.is_beyond(intake, note):
        _tell_beyond(slot, box, note, actor=actor, now=now)
    settling.heal(kiosk, note.number, now=now)


def _accepted(intake: Intake, box: Box, note: Note, now: datetime) -> Posting:
    return postings.cash_accepted(
        box.pool,
        derive(intake.id, f"note {note.number}"),
        intake.id,
        box=box.label,
        amount_fen=note.value_fen,
        event_at=min(note.said_at, now),
    )


def _tell_beyond(slot: Intake, box: Box, note: Note, *, actor: Actor, now: datetime) -> None:
    """More fell than was let, or after the end: booked like any other, and told to people."""
    trail.alarm(
        "kiosk_note_beyond_its_slot", actor=actor, now=now, subject=f"kiosk:{slot.kiosk_id}",
        intake=slot.id, number=note.number, value_fen=note.value_fen, state=slot.state,
    )  # fmt: skip
    cases.open_case(
        matters.CASH_KEPT, pool=box.pool, subject=f"intake:{slot.id}", now=now,
        amount_fen=slot.taken_fen, because="beyond its slot",
    )  # fmt: skip


def _order(kiosk: Kiosk, intake_id: UUID, *, actor: Actor, now: datetime) -> TopUp:
    with transaction.atomic():
        intake = _locked(kiosk, intake_id)
        if intake.topup_id is not None:
            return queries.get(intake.topup_id, person=None)
        if intake.taken_fen == 0:
            raise NothingTaken(intake_id=intake.id)
        if intake.state in ("ended", "returned"):
            raise IntakeOver(intake_id=intake.id, state=intake.state)
        topup = _paid_order(intake, actor, now)
        _book(kiosk, intake, topup, now)
        trail.advance(
            intake, to="ordered", actor=actor, because="its cash is the card's order", now=now,
            topup_id=topup.id, ordered_at=now,
        )  # fmt: skip
        claims.begin(intake, topup, collected_by=kiosk.operator.pool, now=now)
        kept.became_order(intake, actor=actor, now=now)
        boxes.bank_again(intake, now=now)
        cases.close_case(
            matters.CASH_KEPT, pool=kiosk.operator.pool, subject=f"intake:{intake.id}",
            actor=actor, because="its cash became an order", now=now,
        )  # fmt: skip
        return topup


def _paid_order(intake: Intake, actor: Actor, now: datetime) -> TopUp:
    cash_limits.refuse_when_winding_down(intake.kiosk, intake.card, business_day(now))
    topup = TopUp.objects.create(
        id=derive(intake.id, "topup"),
        pool=intake.card.operator.pool,
        person_id=intake.card.holder_id,
        card=intake.card,
        amount_fen=intake.taken_fen,
        placed_at=now,
    )
    trail.advance(
        topup, to="paid", actor=actor, because="its cash lies in the kiosk", now=now, paid_at=now
    )
    return topup


def _book(kiosk: Kiosk, intake: Intake, topup: TopUp, now: datetime) -> None:
    """Cash, or the shop's prepayment, becomes the order's; another pool's crosses the bridge.

    The far leg is carried by its duty: until then that order holds nothing, and no MAC2 leaves.
    """
    ours, amount = kiosk.operator.pool, intake.taken_fen
    if shops.is_prepaid(kiosk):
        book.post(
            [shops.topped_up(
                kiosk, intake.id, topup.id, pool=topup.pool, amount_fen=amount, now=now
            )]
        )  # fmt: skip
        return
    taken = quota.taken_for(kiosk, intake.id, amount, now)
    if topup.pool == ours:
        book.post([
            taken,
            postings.payment_allocated(
                ours, intake.id, topup.id, amount_fen=amount, event_at=now
            ),
        ])  # fmt: skip
        return
    book.post([taken])
    bridges.collected(
        intake.id, by=ours, order_id=topup.id, of_pool=topup.pool, amount_fen=amount,
        event_at=now, now=now,
    )  # fmt: skip


def _end(intake: Intake, *, actor: Actor, now: datetime) -> None:
    """An empty slot ends; one that took money stays until its order is made."""
    if intake.taken_fen == 0:
        trail.advance(intake, to="ended", actor=actor, because="nothing fell", now=now)


def _locked(kiosk: Kiosk, intake_id: UUID) -> Intake:
    rows = Intake.objects.select_for_update(of=("self",)).select_related("card__operator")
    found = rows.filter(pk=intake_id, kiosk=kiosk).first()
    if found is None:
        raise IntakeNotFound(intake_id=intake_id)
    return found
