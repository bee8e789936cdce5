"""The kiosk's journal on our side: each number once, the same content again or nothing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Max

from accounts.models import Kiosk
from gateway.kiosk.errors import RecordDiffers
from gateway.kiosk.models import Box, Intake, Record


def keep(
    kiosk: Kiosk,
    number: int,
    *,
    kind: str,
    amount_fen: int,
    ref: UUID,
    said_at: datetime,
    now: datetime,
    box: Box | None = None,
    intake: Intake | None = None,
) -> bool:
    """Keeps one record, in the caller's transaction; True when it is new.

    RecordDiffers when another content has this number: whoever calls lets nothing else stand.
    """
    wished = Record(
        kiosk=kiosk,
        number=number,
        kind=kind,
        amount_fen=amount_fen,
        ref=ref,
        box=box,
        intake=intake,
        said_at=said_at,
        taken_at=now,
    )
    known = Record.objects.filter(kiosk=kiosk, number=number).first()
    if known is None:
        Record.objects.bulk_create([wished], ignore_conflicts=True)
        known = Record.objects.get(kiosk=kiosk, number=number)
        if known.taken_at == now and _content(known) == _content(wished):
            return True
    if _content(known) != _content(wished):
        raise RecordDiffers(number=number)
    return False


def last_number(kiosk: Kiosk) -> int:
    """The highest number of the kiosk's journal that we have; 0 before the first."""
    return int(Record.objects.filter(kiosk=kiosk).aggregate(last=Max("number"))["last"] or 0)


def of_number(kiosk: Kiosk, number: int) -> Record | None:
    """The record of this number, with the slot it was put into."""
    rows = Record.objects.select_related("intake__card__operator")
    return rows.filter(kiosk=kiosk, number=number).first()


def of_range(kiosk: Kiosk, first: int, last: int) -> list[Record]:
    """The records with these numbers, in order."""
    return list(Record.objects.filter(kiosk=kiosk, number__range=(first, last)).order_by("number"))


def _content(record: Record) -> tuple[object, ...]:
    """What must be the same when a number is said again; the outcome of a load may ripen."""
    kind = "load" if record.kind == "doubt" else record.kind
    return (kind, record.amount_fen, record.ref, record.box_id, record.intake_id)
