"""日结: a kiosk's records since its last settlement, as it has them and as we do.

Counts, sums and a digest under the session's work key are compared; when they differ the kiosk
sends every line, and each difference is kept by record and kind. Settled again, after what was
missing has come, the differences heal.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from accounts import trail
from accounts.actors import Actor
from accounts.identifiers import new_id
from accounts.models import Kiosk
from gateway.kiosk import matters, records, sessions
from gateway.kiosk.authentication import actor_of
from gateway.kiosk.errors import SettlementNotInOrder
from gateway.kiosk.models import Difference, Record, Session, Settlement
from reserve_funds.custody.cases import services as cases

_KINDS = (("note", "notes"), ("load", "loads"), ("doubt", "doubts"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One record as one side has it."""

    number: int
    kind: str
    amount_fen: int
    ref: UUID

    @property
    def text(self) -> str:
        """As it is digested."""
        return f"{self.number}|{self.kind}|{self.amount_fen}|{self.ref}"

    @property
    def told(self) -> dict[str, Any]:
        """As it is kept beside a difference."""
        return {"kind": self.kind, "amount_fen": self.amount_fen, "ref": str(self.ref)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A settlement, our side of it, and what still differs; None: lines are needed to say."""

    settlement: Settlement
    differences: list[Difference] | None


def settle(
    kiosk: Kiosk,
    *,
    day: date,
    first: int,
    last: int,
    theirs: Mapping[str, Any],
    lines: Sequence[Line] | None,
    now: datetime,
) -> Settled:
    """Compares records `first` to `last`; what was agreed stays agreed.

    SettlementNotInOrder unless `first` follows the last settled record, or begins one that
    differs, with the same end.
    """
    session = sessions.current(kiosk)
    with transaction.atomic():
        Kiosk.objects.select_for_update(of=("self",)).get(pk=kiosk.pk)
        settlement = _found(kiosk, first, last)
        if settlement is not None and settlement.state == "agreed":
            return Settled(settlement=settlement, differences=[])
        own = [_line(record) for record in records.of_range(kiosk, first, last)]
        ours = tally(own, session)
        actor = actor_of(kiosk)
        if settlement is None:
            settlement = Settlement.objects.create(
                id=new_id(now), kiosk=kiosk, day=day, first=first, last=last,
                theirs=dict(theirs), ours=ours, settled_at=now,
            )  # fmt: skip
        else:
            Settlement.objects.filter(pk=settlement.pk).update(theirs=dict(theirs), ours=ours)
            settlement.theirs, settlement.ours = dict(theirs), ours
        if ours == dict(theirs) and not _gaps(own, first, last):
            _agree(settlement, actor, now)
            return Settled(settlement=settlement, differences=[])
        found = None if lines is None else _compare(settlement, own, lines, now)
        _tell(kiosk, settlement, found, now)
        return Settled(settlement=settlement, differences=found)


def heal(kiosk: Kiosk, number: int, *, now: datetime) -> None:
    """A record that came after its day was settled ends the differences that missed it.

    The kiosk that told it has it now: a gap is none any more. In the record's transaction.
    """
    rows = Settlement.objects.select_for_update(of=("self",)).select_related("kiosk__operator")
    settlement = rows.filter(
        kiosk=kiosk, first__lte=number, last__gte=number, state__in=("differs", "ended")
    ).first()
    if settlement is None:
        return
    open_ones = Difference.objects.filter(settlement=settlement, healed_at__isnull=True)
    missed = open_ones.filter(number=number, kind__in=("missing_here", "gap"))
    [own] = [_line(record) for record in records.of_range(kiosk, number, number)]
    for one in list(missed):
        kind = _kind(own, own if one.theirs is None else _told_line(number, one.theirs))
        missed.filter(pk=one.pk).update(healed_at=now)
        if kind is not None:
            Difference.objects.update_or_create(
                settlement=settlement, number=number, kind=kind,
                defaults={"ours": own.told, "theirs": one.theirs, "found_at": now,
                          "healed_at": None},
            )  # fmt: skip
        elif not open_ones.exists():
            _agree(settlement, actor_of(kiosk), now)


def tally(lines: Iterable[Line], session: Session) -> dict[str, Any]:
    """Counts, sums and the digest of these lines; both sides make it the same way."""
    ordered = sorted(lines, key=lambda line: line.number)
    told: dict[str, Any] = {}
    for kind, name in _KINDS:
        own = [line.amount_fen for line in ordered if line.kind == kind]
        told |= {name: len(own), f"{name}_fen": sum(own)}
    text = "\n".join(line.text for line in ordered).encode()
    told["digest"] = hmac.new(sessions.work_key(session), text, hashlib.sha256).hexdigest()
    return told


def next_number(kiosk: Kiosk) -> int:
    """The record that the next settlement begins with."""
    last = Settlement.objects.filter(kiosk=kiosk).aggregate(last=Max("last"))["last"]
    return int(last or 0) + 1


def _found(kiosk: Kiosk, first: int, last: int) -> Settlement | None:
    known = Settlement.objects.select_for_update().filter(kiosk=kiosk, first=first).first()
    if known is not None and known.last == last:
        return known
    expected = next_number(kiosk)
    if known is not None or first != expected or last < first:
        raise SettlementNotInOrder(next=expected)
    return None


def _compare(
    settlement: Settlement, own: Sequence[Line], lines: Sequence[Line], now: datetime
) -> list[Difference]:
    ours, theirs = {one.number: one for one in own}, {one.number: one for one in lines}
    found: dict[tuple[int, str], Difference] = {}
    for number in range(settlement.first, settlement.last + 1):
        kind = _kind(ours.get(number), theirs.get(number))
        if kind is None:
            continue
        our, their = ours.get(number), theirs.get(number)
        found[number, kind] = Difference(
            settlement=settlement,
            number=number,
            kind=kind,
            ours=our.told if our else None,
            theirs=their.told if their else None,
            found_at=now,
        )
    Difference.objects.bulk_create(found.values(), ignore_conflicts=True)
    open_ones = list(Difference.objects.filter(settlement=settlement, healed_at__isnull=True))
    healed = [one.pk for one in open_ones if (one.number, one.kind) not in found]
    Difference.objects.filter(pk__in=healed).update(healed_at=now)
    Difference.objects.filter(
        settlement=settlement, number__in=[number for number, _ in found]
    ).exclude(pk__in=healed).filter(kind__in={kind for _, kind in found}).update(healed_at=None)
    return [found[key] for key in sorted(found)]


def _kind(our: Line | None, their: Line | None) -> str | None:
    """How one number differs: a gap on both sides is one too."""
    if our is None:
        return "gap" if their is None else "missing_here"
    if their is None:
        return "missing_there"
    if our.kind != their.kind:
        return "kind_differs"
    if our.amount_fen != their.amount_fen:
        return "amount_differs"
    return None if our.ref == their.ref else "subject_differs"


def _gaps(own: Sequence[Line], first: int, last: int) -> bool:
    return len(own) != last - first + 1


def _agree(settlement: Settlement, actor: Actor, now: datetime) -> None:
    Difference.objects.filter(settlement=settlement, healed_at__isnull=True).update(healed_at=now)
    trail.advance(settlement, to="agreed", actor=actor, because="both sides agree", now=now)
    cases.close_case(
        matters.DAY_DIFFERS, pool=settlement.kiosk.operator.pool,
        subject=f"settlement:{settlement.id}", actor=actor, because="both sides agree", now=now,
    )  # fmt: skip


def _tell(
    kiosk: Kiosk, settlement: Settlement, found: list[Difference] | None, now: datetime
) -> None:
    cases.open_case(
        matters.DAY_DIFFERS, pool=kiosk.operator.pool, subject=f"settlement:{settlement.id}",
        now=now, kiosk=kiosk.code, day=settlement.day,
        differences=None if found is None else len(found),
    )  # fmt: skip


def _told_line(number: int, told: Mapping[str, Any]) -> Line:
    return Line(
        number=number, kind=told["kind"], amount_fen=told["amount_fen"], ref=UUID(told["ref"])
    )


def _line(record: Record) -> Line:
    return Line(
        number=record.number, kind=record.kind, amount_fen=record.amount_fen, ref=record.ref
    )
