"""Notes told after their slot was over, days later too: ordinary cash of the same card and day.

A kiosk that was cut off tells its notes when it can; its slot has long become an order, or ended,
since nobody waits for a silent one. Such a note falls into a slot that follows the first, and
becomes an order of its own. Where its box was counted meanwhile, it explains the count's surplus;
what no surplus explains was never in the box, and own money owes it. Nothing is left in doubt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from accounts import duties, trail
from accounts.actors import Actor
from accounts.identifiers import derive
from gateway.kiosk import boxes, matters
from gateway.kiosk.models import Box, Intake
from nfc_topup import loading
from reserve_funds import postings
from reserve_funds.chart import CoverReason
from reserve_funds.custody.cases import services as cases
from reserve_funds.ledger import book
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger.values import Posting


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One note as the kiosk's journal has it."""

    number: int
    intake_id: UUID
    box: str
    value_fen: int
    said_at: datetime


def slot_for(intake: Intake, note: Note, *, actor: Actor, now: datetime) -> Intake:
    """The slot that a new note falls into: its own, or one that follows it, never an order's.

    The caller holds the row of its own slot.
    """
    cap_fen = loading.load_cap_fen(intake.card)
    if intake.state == "ended":
        trail.advance(intake, to="kept", actor=actor, because="a note of it came later", now=now)
    is_over = intake.state in ("ordered", "returned")
    if not is_over and intake.taken_fen + note.value_fen <= cap_fen:
        return intake
    rows = Intake.objects.select_for_update(of=("self",)).select_related("card__operator")
    for slot in rows.filter(follows=intake, state="kept").order_by("opened_at", "id"):
        if slot.taken_fen + note.value_fen <= cap_fen:
            return slot
    slot = Intake.objects.create(
        id=derive(intake.id, f"follows at {note.number}"),
        kiosk=intake.kiosk,
        card=intake.card,
        most_fen=max(intake.most_fen, note.value_fen),
        opened_at=now,
        day=intake.day,
        follows=intake,
    )
    because = "notes of a slot that was over"
    trail.advance(slot, to="kept", actor=actor, because=because, now=now)
    return slot


def is_beyond(intake: Intake, note: Note) -> bool:
    """Whether more fell than its slot let, or a note fell after its slot was an order."""
    rows = Intake.objects.filter(pk=intake.pk) | Intake.objects.filter(follows=intake)
    taken_fen = rows.aggregate(fen=Sum("taken_fen"))["fen"] or 0
    is_after = intake.ordered_at is not None and note.said_at > intake.ordered_at
    return is_after or taken_fen > intake.most_fen


def explain(box: Box, accepted: Posting, *, actor: Actor, now: datetime) -> None:
    """A note of a box that was counted before: the surplus it explains, the rest is a shortage.

    After it the box owes the bank what was counted in it, as before.
    """
    if box.state not in ("counted", "banked"):
        return
    over, cash = postings.account("suspense", f"box:{box.label}"), accepted.debit
    surplus_fen = ledger.available_fen(box.pool, over)
    explained_fen = min(accepted.amount_fen, surplus_fen)
    short_fen = accepted.amount_fen - explained_fen
    if explained_fen:
        book.post([
            postings.of(
                "cash_over_explained", box.pool, accepted.id, step="cash_over_explained 1",
                debit=over, credit=cash, amount_fen=explained_fen, event_at=now,
            )
        ])  # fmt: skip
    if short_fen:
        book.post(
            postings.loss_covered(
                box.pool, accepted.id, reason=CoverReason.CASH_SHORT, from_account=cash,
                amount_fen=short_fen, event_at=now,
            )
        )  # fmt: skip
        cases.open_case(
            matters.CASH_SHORT, pool=box.pool, subject=f"box:{box.label}", now=now,
            amount_fen=short_fen, because="a note told after the count",
        )  # fmt: skip
    if explained_fen == surplus_fen:
        cases.close_case(
            matters.CASH_OVER, pool=box.pool, subject=f"box:{box.label}", actor=actor,
            because="notes told later explain it", now=now,
        )  # fmt: skip
    trail.record(
        "kiosk_note_after_count", actor=actor, now=now, subject=f"box:{box.label}",
        explained_fen=explained_fen, short_fen=short_fen,
    )  # fmt: skip
    duties.owe(boxes.BANK_DUTY, box.id, now=now)
